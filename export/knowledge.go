package export

import (
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/notify"
)

// Knowledge makes a document of what is known of actors: names with whose they
// are, and techniques with the reports that say so. It is knowledge of public
// reports and no finding of ours. Records are not merged.
func Knowledge(b *actor.Base, producer string, at time.Time, tlp exchange.TLP) exchange.Document {
	d := exchange.Document{Producer: producer, At: at, TLP: tlp}
	for _, r := range b.Records() {
		a := exchange.Actor{ID: r.Source + "/" + r.ID}
		seen := map[string]bool{}
		for _, n := range r.Names {
			if !seen[n.Name] {
				seen[n.Name] = true
				a.Names = append(a.Names, exchange.Name{Name: n.Name, Producer: n.Producer})
			}
		}
		for _, u := range r.Techniques {
			name := notify.TechniqueName(u.ID)
			if name == "" {
				name = u.ID
			}
			a.Uses = append(a.Uses, exchange.Use{Technique: exchange.Technique{ID: u.ID, Name: name}, Refs: u.Refs})
		}
		d.Actors = append(d.Actors, a)
	}
	d.Sort()
	return d
}
