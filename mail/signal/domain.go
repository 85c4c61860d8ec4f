package signal

import "strings"

// domainOf returns the domain of an address.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

// topLevel returns the last label of a domain.
func topLevel(domain string) string { return domain[strings.LastIndexByte(domain, '.')+1:] }
