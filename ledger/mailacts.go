package ledger

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// pageOf is where a link leads: host and path, without what may be a
// recipient's token. A bare host is no page: everybody goes there.
func pageOf(link string) string {
	_, rest, ok := strings.Cut(strings.ReplaceAll(link, "[.]", "."), "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host, path, _ := strings.Cut(rest, "/")
	if strings.Trim(path, "/") == "" {
		return ""
	}
	return strings.ToLower(host) + "/" + strings.TrimSuffix(path, "/")
}

func (v *View) indexActs() {
	l, x := v.l, &v.mail
	if len(x.acts) == 0 {
		return
	}
	byID, byNetwork := map[string][]uint32{}, map[string][]uint32{}
	byPage := map[string][]uint32{} // account and page: clicks, for mails whose gateway's id is not known
	for _, i := range x.acts {
		var a actFact
		if unpack(v.l.mailActs.rows.at(i).text, &a) != nil {
			continue
		}
		if a.MessageID != "" {
			byID[a.MessageID] = append(byID[a.MessageID], i)
		}
		if a.NetworkID != "" {
			byNetwork[a.NetworkID] = append(byNetwork[a.NetworkID], i)
		}
		if page := pageOf(a.URL); page != "" && a.MessageID == "" {
			byPage[a.Account+"\x00"+page] = append(byPage[a.Account+"\x00"+page], i)
		}
	}
	x.actsOf = map[uint64][]uint32{}
	for i, m := range x.mails {
		var of []uint32
		if len(byID) > 0 {
			if f := v.Mail(i); f.MessageID != "" {
				of = append(of, byID[f.MessageID]...)
			}
		}
		networks := v.networksOf(m)
		for _, n := range networks {
			of = append(of, byNetwork[n]...)
		}
		if len(byPage) > 0 && len(networks) == 0 {
			f := v.Mail(i)
			for _, link := range f.Links {
				page := pageOf(link.URL)
				if page == "" {
					continue
				}
				for _, rcpt := range f.Recipients {
					for _, k := range byPage[rcpt+"\x00"+page] {
						if at := l.mailActs.rows.at(k).at; at >= m.at && at < m.at+clickedWithin {
							of = append(of, k)
						}
					}
				}
			}
		}
		if len(of) > 0 {
			slices.SortFunc(of, func(a, b uint32) int {
				p, q := v.l.mailActs.rows.at(a), v.l.mailActs.rows.at(b)
				return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.key, q.key))
			})
			x.actsOf[m.key] = slices.Compact(of)
		}
	}
}

// ActsOn returns the acts on mail i, in order of time.
func (v *View) ActsOn(i int) []MailAct {
	var out []MailAct
	for _, k := range v.mail.actsOf[v.mail.mails[i].key] {
		row := v.l.mailActs.rows.at(k)
		var a actFact
		if unpack(row.text, &a) == nil {
			r := v.slipRef(row)
			out = append(out, MailAct{mail.Act{
				File: r.File, Line: r.Line, Time: r.Time, Kind: a.Kind, Account: a.Account, MessageID: a.MessageID, NetworkID: a.NetworkID,
				URL: a.URL, Addr: a.Addr, Delivery: a.Delivery, Detail: a.Detail,
			}, row.key})
		}
	}
	return out
}

// ClicksLogged reports whether clicks are logged on days around t: within two
// weeks of it, both ways.
func (v *View) ClicksLogged(t int64) bool {
	const near = 14 * dayMillis
	for _, h := range v.l.clickHours.list() {
		if at := int64(h) * 60 * minuteMillis; at > t-near && at < t+near {
			return true
		}
	}
	return false
}
