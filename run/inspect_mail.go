package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
)

// InspectedMail is a mail or a record of one as inspect shows it.
type InspectedMail struct {
	Line    int64     `json:"line"`
	Time    time.Time `json:"time"`
	From    string    `json:"from"`
	To      []string  `json:"to,omitempty"`
	Subject string    `json:"subject"`
}

// InspectedSender is how many mails came from a domain.
type InspectedSender struct {
	Domain string `json:"domain"`
	Mails  int64  `json:"mails"`
}

// maxSenders is how many sending domains an inspection lists, maxDomains how
// many it counts: senders are typed by anybody.
const (
	maxSenders = 10
	maxDomains = 100_000
)

// mailCensus counts the mails of one text.
type mailCensus struct {
	census
	senders map[string]int64

	bodies, headers, auth, delivery, recipients, clicks int64
}

// inspectMail reads a text of mails to its end.
func inspectMail(ctx context.Context, cfg Config, in *input.Input, format mail.Format, sure int) Inspection {
	c := mailCensus{census: newCensus(cfg, in), senders: map[string]int64{}}
	c.Format, c.Title, c.Sure = format.Name, format.Title, sure
	for item, err := range format.Decode(in, mail.Options{Zone: cfg.Zone}) {
		switch {
		case ctx.Err() != nil:
			return c.Inspection
		case err != nil:
			c.failed(in, err)
		case item.Message != nil:
			c.Records++
			c.Mails++
			c.mail(item.Message, in)
		case item.Act != nil:
			c.Records++
			c.Acts++
			c.act(item.Act, in)
		}
	}
	c.conclude(format)
	return c.Inspection
}

func (c *mailCensus) mail(m *mail.Message, in *input.Input) {
	at := m.Arrived
	if at.IsZero() {
		at = m.Time
	}
	if !at.IsZero() {
		c.when(at.UTC())
	}
	from := ""
	if len(m.From) > 0 {
		from = m.From[0].Email
	}
	if d := org.HostDomain(org.AccountDomain(from)); d != "" {
		if _, seen := c.senders[d]; seen || len(c.senders) < maxDomains {
			c.senders[strings.Clone(d)]++
		}
	}
	to := recipients(m)
	owners := map[org.ID]bool{}
	for _, a := range to {
		owners[c.reader.mailOwner(a, in)] = true
	}
	if len(owners) == 0 && c.reader.cfg.Orgs != nil {
		id, _ := c.reader.cfg.Orgs.Bound(in.Rel)
		owners[id] = true
	}
	for id := range owners {
		if id != org.Unassigned || len(owners) == 1 {
			c.orgs[id]++
		}
	}
	count := func(n *int64, is bool) {
		if is {
			*n++
		}
	}
	count(&c.bodies, m.Evidence&mail.HasBody != 0)
	count(&c.headers, m.Evidence&mail.HasHeader != 0)
	count(&c.auth, m.Evidence&mail.HasAuth != 0 || slices.ContainsFunc(m.Header, func(f mail.Field) bool { return strings.EqualFold(f.Name, "Authentication-Results") }))
	count(&c.delivery, m.Delivery != mail.DeliveryUnknown)
	count(&c.recipients, len(to) > 0)
	if len(c.Letters) < maxSample && (from != "" || len(to) > 0) {
		c.Letters = append(c.Letters, InspectedMail{m.Line, at.UTC(), strings.Clone(from), slices.Clone(to[:min(len(to), 3)]), strings.Clone(m.Subject)})
	}
}

func (c *mailCensus) act(a *mail.Act, in *input.Input) {
	if !a.Time.IsZero() {
		c.when(a.Time.UTC())
	}
	c.orgs[c.reader.mailOwner(strings.ToLower(a.Account), in)]++
	c.Classes[mailActNames[a.Kind]]++
	switch a.Kind {
	case mail.ClickAllowed, mail.ClickBlocked, mail.ClickThrough:
		c.clicks++
	}
}

var mailActNames = [...]string{
	mail.ActUnknown: "other", mail.ClickAllowed: "click", mail.ClickBlocked: "click_stopped", mail.ClickThrough: "click_past_warning",
	mail.DeliveryChanged: "delivery_changed", mail.Opened: "opened", mail.Reported: "reported", mail.AttachmentSaved: "attachment_saved", mail.Replied: "answered",
}

// conclude draws what follows from the counts.
func (c *mailCensus) conclude(format mail.Format) {
	c.countOrgs()
	for d, n := range c.senders {
		c.Senders = append(c.Senders, InspectedSender{d, n})
	}
	slices.SortFunc(c.Senders, func(a, b InspectedSender) int {
		return cmp.Or(cmp.Compare(b.Mails, a.Mails), cmp.Compare(a.Domain, b.Domain))
	})
	c.SendersMore = max(0, len(c.Senders)-maxSenders)
	c.Senders = c.Senders[:len(c.Senders)-c.SendersMore]
	lack := func(have int64, what, text string) {
		switch {
		case c.Mails == 0 || have*10 >= c.Mails*9:
		case have == 0:
			c.Missing = append(c.Missing, Lack{what, "no " + text})
		default:
			c.Missing = append(c.Missing, Lack{what, fmt.Sprintf("in %d of %d mails only: %s", have, c.Mails, text)})
		}
	}
	if c.Mails == 0 && c.Acts == 0 {
		c.Missing = append(c.Missing, Lack{"mails", "no mails and no clicks: nothing can be found in this file"})
	}
	lack(c.recipients, "recipients", "recipients: such mails belong to nobody, unless another record of them says whose they are")
	lack(c.bodies, "bodies", "texts: what a mail says and where it leads cannot be judged")
	lack(c.auth, "authentication", "results of SPF, DKIM and DMARC: a forged sender cannot be told from the real one")
	if c.bodies == 0 && c.Mails > 0 && c.delivery == 0 {
		c.Missing = append(c.Missing, Lack{"delivery", "no word of whether mails were delivered"})
	}
	if c.clicks == 0 && c.Mails > 0 {
		c.Missing = append(c.Missing, Lack{"clicks", "no clicks in this file: who followed a link is known only if another file says so"})
	}
	if format.Blind != "" {
		c.Missing = append(c.Missing, Lack{"format", "what this kind of file does not show: " + format.Blind})
	}
	c.Gaps = append(c.Gaps, gaps(sortedHours(c.hours))...)
}
