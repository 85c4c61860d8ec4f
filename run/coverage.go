package run

import (
	"fmt"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/signin"
)

// coverage counts how many sign-ins of a log have what matters.
type coverage struct {
	events, addr, agent, account, id, place, future int64
	succeeded, nonInteractive, legacy, unknown      int64
}

// see counts one sign-in; now is when the log was written.
func (c *coverage) see(ev *signin.Event, now time.Time) {
	tally := func(n *int64, yes bool) {
		if yes {
			*n++
		}
	}
	c.events++
	tally(&c.addr, ev.Addr.IsValid())
	tally(&c.agent, ev.UserAgent != "")
	tally(&c.account, ev.Account != "")
	tally(&c.id, ev.ID != "")
	tally(&c.place, ev.ASN != 0 || ev.Country != "")
	tally(&c.future, ev.Time.After(now.Add(24*time.Hour)))
	tally(&c.succeeded, ev.Class.Succeeded())
	tally(&c.nonInteractive, ev.Protocol == signin.NonInteractive)
	tally(&c.legacy, ev.Protocol == signin.Legacy || ev.Protocol == signin.ROPC)
	tally(&c.unknown, ev.Class == signin.Other)
}

func (c *coverage) add(o coverage) {
	c.events += o.events
	c.addr += o.addr
	c.agent += o.agent
	c.account += o.account
	c.id += o.id
	c.place += o.place
	c.future += o.future
	c.succeeded += o.succeeded
	c.nonInteractive += o.nonInteractive
	c.legacy += o.legacy
	c.unknown += o.unknown
}

// enough is how many sign-ins a log must have before it means something that a
// kind of them is not among them.
const enough = 20

// lacks names what matters and is missing, the gravest first.
func (c coverage) lacks(format signin.Format) (out []Lack) {
	add := func(is bool, what, text string) {
		if is {
			out = append(out, Lack{what, text})
		}
	}
	short := func(have int64) bool { return c.events > 0 && have*10 < c.events*9 }
	say := func(have int64, what string) string {
		if have == 0 {
			return "no " + what
		}
		return fmt.Sprintf("%s in %d of %d sign-ins only", what, have, c.events)
	}
	many := c.events >= enough
	entra := strings.HasPrefix(format.Name, "entra-")
	add(c.events == 0, "sign_ins", "no sign-ins: nothing can be found in this file alone")
	add(c.future > 0, "clock", fmt.Sprintf("%d sign-ins lie in the future: a clock or a time zone is wrong (--zone, --year)", c.future))
	add(short(c.account), "accounts", say(c.account, "accounts")+": such tries belong to nobody")
	add(short(c.addr), "addresses", say(c.addr, "addresses")+": attackers cannot be told from users by where they come from")
	add(many && c.succeeded == 0, "successes", "no sign-in that succeeded: what is familiar cannot be learned, and a success would not be seen")
	add(many && c.succeeded == c.events, "refusals", "no sign-in that was refused: attacks cannot be seen")
	add(entra && many && c.nonInteractive == 0, "non_interactive", "no non-interactive sign-ins: export them too, sprays go there")
	add(entra && many && c.legacy == 0, "legacy", "no legacy or ROPC sign-ins: either nobody uses them, or the export left them out")
	add(short(c.agent), "user_agents", say(c.agent, "user agents")+": one tool at several organisations is harder to recognise")
	add(short(c.place), "places", say(c.place, "networks or countries")+": --mmdb FILE adds them")
	add(short(c.id), "ids", say(c.id, "record ids")+": records are told apart by their content")
	add(c.unknown > 0, "codes", fmt.Sprintf("%d sign-ins have a code that does not say here how they ended", c.unknown))
	add(format.Blind != "", "format", "what this kind of log does not show: "+format.Blind)
	return out
}

// Warnings says what matters and is missing in all that was read of a format.
// What every log of a kind lacks is no news and is left to inspect.
func (fs *FormatStats) Warnings(name string) (out []string) {
	if fs.Events == 0 {
		return nil // a file of another log of the same pipe
	}
	format, ok := signin.Lookup(name)
	if !ok {
		format.Name = name
	}
	for _, l := range fs.seen.lacks(format) {
		switch l.What {
		case "clock", "accounts", "addresses", "successes", "refusals", "non_interactive", "legacy":
			out = append(out, l.Text)
		}
	}
	return out
}
