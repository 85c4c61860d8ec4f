package signal

import (
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// everyRecipient lists the recipients, lower case.
func (x *exam) everyRecipient() []string {
	if x.recipients == nil {
		x.recipients = []string{}
		for _, list := range [][]mail.Address{x.m.To, x.m.Cc} {
			for _, a := range list {
				if strings.Contains(a.Email, "@") && len(x.recipients) < mail.MaxRecipients {
					x.recipients = append(x.recipients, strings.ToLower(a.Email))
				}
			}
		}
		for _, a := range x.m.DeliveredTo {
			if len(x.recipients) < mail.MaxRecipients {
				x.recipients = append(x.recipients, a)
			}
		}
	}
	return x.recipients
}

// people are the recipients without the addresses of mailing lists: a list's
// name in its own tag, footer and archive links names nobody.
func (x *exam) people() []string {
	if x.persons != nil {
		return x.persons
	}
	x.persons = []string{}
	tag := strings.ToLower(strings.Trim(listTag(x.m.Subject), "[]"))
	post, id := strings.ToLower(x.header("List-Post")), strings.ToLower(x.header("List-Id"))
	for _, to := range x.everyRecipient() {
		local, _, _ := strings.Cut(to, "@")
		if strings.Contains(post, to) || len(local) > 2 && (local == tag || strings.Contains(id, "<"+local+".")) {
			continue
		}
		x.persons = append(x.persons, to)
	}
	return x.persons
}

// munged reports that a list wrote its own address into From, because of DMARC,
// and the writer's into Reply-To.
func (x *exam) munged() bool {
	return listTag(x.m.Subject) != "" && strings.Contains(x.f.From.Name, " via ")
}

// header returns the first field of that name.
func (x *exam) header(name string) string {
	for i := range x.m.Header {
		if strings.EqualFold(x.m.Header[i].Name, name) {
			return x.m.Header[i].Value
		}
	}
	return ""
}
