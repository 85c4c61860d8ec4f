package signal

import "strings"

// domainOf returns the domain of an address.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

// topLevel returns the last label of a domain.
func topLevel(domain string) string { return domain[strings.LastIndexByte(domain, '.')+1:] }

// cheapTopLevels are those that abuse reports name most often for their number
// of domains (Spamhaus, Interisle "Phishing Landscape"; our selection). Country
// codes of places where people live are not in it unless they are given away.
const cheapTopLevels = " tk ml ga cf gq top xyz club online site website space live shop store icu buzz cam rest surf cyou monster quest click link work loan win bid date review stream download racing party trade science men gdn vip fun bond sbs cfd lol hair beauty skin makeup mom autos boats yachts homes motorcycles pics zip mov rip tokyo ws su cc pw "

func cheap(tld string) bool { return tld != "" && strings.Contains(cheapTopLevels, " "+tld+" ") }
