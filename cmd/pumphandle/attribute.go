package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"regexp"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/run"
)

// attributeCmd holds the verbs about who it may have been.
type attributeCmd struct {
	Case    attributeCaseCmd    `cmd:"" default:"withargs" help:"Rank actors for evidence that is given on the command line."`
	Confirm attributeConfirmCmd `cmd:"" help:"Say that it was this actor. Two people must before it may be published."`
	Reject  attributeRejectCmd  `cmd:"" help:"Say that it was not this actor."`
	Weigh   attributeWeighCmd   `cmd:"" help:"Set what an item of evidence weighs for an actor."`
	Comment attributeCommentCmd `cmd:"" help:"Write down something that changes nothing."`
	Add     attributeAddCmd     `cmd:"" help:"Add an outside assessment, infrastructure or a lure, with its source and grade."`
	Denial  attributeDenialCmd  `cmd:"" help:"Record that the accused denies, refers to an earlier denial, or does not reply."`
	History attributeHistoryCmd `cmd:"" help:"Show what was said of a campaign, version by version, and who decided what."`
	Again   attributeAgainCmd   `cmd:"" help:"Judge anew who is behind the campaigns of a store, and list what changed."`
}

type attributeCaseCmd struct {
	Techniques []string `placeholder:"ID" help:"ATT&CK techniques that were seen: T1110.003,T1090.003."`
	Software   []string `placeholder:"ID" help:"ATT&CK software that was found, by id or name: S0154."`
	Countries  []string `placeholder:"CODE" help:"Countries of the organisations hit: FR,KR."`
	Sectors    []string `placeholder:"SECTOR" help:"Their sectors: pharma,vaccine_research."`
	Outside    []string `placeholder:"ACTOR=GRADE:SOURCE" sep:"none" help:"An outside assessment: forest-blizzard=B2:Example CERT. May be repeated."`
	JSON       bool     `name:"json" help:"Print one JSON object."`
	baseFlags
}

// Help is shown by attribute --help.
func (attributeCaseCmd) Help() string {
	return `The usual answer is "unattributed". Behaviour alone never makes more than a candidate, which is a lead for analysts and not a name to be used.

  pumphandle attribute --techniques T1110.003,T1090.003 --countries FR
  pumphandle attribute --techniques T1059.001,T1105,T1027 --software S0154 --json
  pumphandle attribute confirm PH-2026-0001 forest-blizzard --reason "..." --store pumphandle.db`
}

var techniqueID = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)

func (c *attributeCaseCmd) Run(io streams) error {
	if len(c.Techniques)+len(c.Software)+len(c.Outside) == 0 {
		return usageError{errors.New("attribute needs evidence"), "pumphandle attribute --techniques T1110.003,T1090.003"}
	}
	k, err := c.load()
	if err != nil {
		return err
	}
	a := attribute.NewAssessor(k.Base, k.Model)
	one := attribute.Case{Victims: attribute.Victims{Countries: upper(c.Countries), Sectors: c.Sectors}}
	for _, t := range c.Techniques {
		if !techniqueID.MatchString(t) {
			return usageError{fmt.Errorf("%q is no technique of ATT&CK", t), "--techniques T1110.003,T1566"}
		}
		if !a.Knows(t) {
			fmt.Fprintf(io.err, "pumphandle: %s is known of no actor here, and says nothing\n", t)
		}
	}
	one.Campaign = campaign.Campaign{Techniques: c.Techniques}
	for _, s := range c.Software {
		ids := k.Base.Software(s)
		switch {
		case len(ids) == 0:
			fmt.Fprintf(io.err, "pumphandle: software %s is known of no actor here, and says nothing\n", run.Safe(s))
		case len(ids) > 1:
			return usageError{fmt.Errorf("%q is a name of several: %s", s, strings.Join(ids, ", ")), "--software " + ids[0]}
		default:
			one.Software = append(one.Software, ids[0])
		}
	}
	for _, o := range c.Outside {
		item, err := outsideItem(a, o)
		if err != nil {
			return err
		}
		one.Given = append(one.Given, item)
	}
	out := a.Judge(one)
	if !c.JSON {
		return run.WriteAssessment(io.out, out)
	}
	enc := json.NewEncoder(io.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		V    int    `json:"v"`
		Type string `json:"type"`
		attribute.Assessment
	}{1, "assessment", out})
}

func upper(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, strings.ToUpper(s))
	}
	return out
}

// outsideItem reads ACTOR=GRADE:SOURCE.
func outsideItem(a *attribute.Assessor, s string) (attribute.Item, error) {
	name, rest, ok := strings.Cut(s, "=")
	grade, source, ok2 := strings.Cut(rest, ":")
	grade = strings.ToUpper(grade)
	if !ok || !ok2 || source == "" || !attribute.ValidGrade(grade) {
		return attribute.Item{}, usageError{fmt.Errorf("--outside %q is not ACTOR=GRADE:SOURCE", s), "--outside 'forest-blizzard=B2:Example CERT'"}
	}
	g, err := a.Resolve(name)
	if err != nil {
		return attribute.Item{}, hintError{err, "pumphandle actors " + quote(name) + " shows who bears a name; an id is nobody else's"}
	}
	return attribute.Item{Class: attribute.ClassOutside, What: source, Actor: g.Lead.ID, Source: source, Grade: grade, Text: "it says that it was " + g.Lead.Names[0].Name}, nil
}

// decision is what all decisions have in common.
type decision struct {
	Campaign string `arg:"" help:"The campaign: PH-2026-0001."`
	Reason   string `required:"" placeholder:"TEXT" help:"Why. It is kept and shown."`
	Who      string `placeholder:"NAME" help:"Who decides. Default: your user name."`
	Store    string `required:"" placeholder:"FILE" help:"The store that scan kept."`
	baseFlags
}

// decide keeps a decision and says what follows from it.
func (c *decision) decide(ctx context.Context, io streams, fill func(*attribute.Assessor, *attribute.Decision) error) error {
	d := attribute.Decision{Who: c.Who, Reason: c.Reason, At: time.Now().UTC()}
	if d.Who == "" {
		u, err := user.Current()
		if err != nil {
			return usageError{errors.New("who decides?"), "--who NAME"}
		}
		d.Who = u.Username
	}
	in := inputs{Store: c.Store, baseFlags: c.baseFlags}
	s, err := in.prepareStore(ctx, io)
	if err != nil {
		return err
	}
	defer s.close()
	if err := fill(attribute.NewAssessor(s.cfg.Actors, s.cfg.Model), &d); err != nil {
		return err
	}
	if err := s.store.Decide(ctx, strings.ToUpper(c.Campaign), d); err != nil {
		return hintError{err, "pumphandle attribute again --store " + quote(c.Store) + " lists the campaigns"}
	}
	result, err := s.scan(ctx)
	if err != nil {
		return err
	}
	for i, x := range result.Campaigns {
		if strings.EqualFold(x.ID, c.Campaign) {
			return run.WriteAssessment(io.out, result.Assessments[i])
		}
	}
	fmt.Fprintf(io.err, "pumphandle: the decision is kept; what the store remembers no longer gives %s\n", run.Safe(c.Campaign))
	return nil
}

// prepareStore opens a store that is there.
func (c *inputs) prepareStore(ctx context.Context, io streams) (*session, error) {
	if _, err := os.Stat(c.Store); err != nil {
		return nil, hintError{fmt.Errorf("opening the store: %w", err), "pumphandle scan --store " + quote(c.Store) + " PATH... makes one"}
	}
	return c.prepare(ctx, io)
}

func resolve(a *attribute.Assessor, name string, d *attribute.Decision) error {
	g, err := a.Resolve(name)
	if err != nil {
		return hintError{err, "pumphandle actors " + quote(name) + " shows who bears a name; an id is nobody else's"}
	}
	d.Actor = g.Lead.ID
	return nil
}

// onActor is a decision that needs no more than whom it means.
type onActor struct {
	decision
	Actor string `arg:"" help:"Name or id."`
}

func (c *onActor) say(ctx context.Context, io streams, verb attribute.Verb) error {
	return c.decide(ctx, io, func(a *attribute.Assessor, d *attribute.Decision) error {
		d.Verb = verb
		return resolve(a, c.Actor, d)
	})
}

type attributeConfirmCmd struct{ onActor }

func (c *attributeConfirmCmd) Run(ctx context.Context, io streams) error {
	return c.say(ctx, io, attribute.Confirm)
}

type attributeRejectCmd struct{ onActor }

func (c *attributeRejectCmd) Run(ctx context.Context, io streams) error {
	return c.say(ctx, io, attribute.Reject)
}

type attributeWeighCmd struct {
	decision
	Actor  string  `arg:"" help:"Name or id."`
	Item   string  `arg:"" help:"A class of evidence (technique), or one item of it (habit/tempo), as explain shows them."`
	Weight float64 `required:"" name:"to" placeholder:"NATS" help:"Log-likelihood ratio: 0 takes it out, 1 is 2.7 times as likely, --to=-1 as much less."`
}

func (c *attributeWeighCmd) Run(ctx context.Context, io streams) error {
	return c.decide(ctx, io, func(a *attribute.Assessor, d *attribute.Decision) error {
		d.Verb, d.Item, d.Weight = attribute.Weigh, c.Item, c.Weight
		return resolve(a, c.Actor, d)
	})
}

type attributeCommentCmd struct{ decision }

func (c *attributeCommentCmd) Run(ctx context.Context, io streams) error {
	return c.decide(ctx, io, func(_ *attribute.Assessor, d *attribute.Decision) error {
		d.Verb = attribute.Comment
		return nil
	})
}

type attributeAddCmd struct {
	decision
	Actor       string `arg:"" help:"Whom it means: name or id."`
	Source      string `required:"" placeholder:"NAME" help:"Who says so."`
	Grade       string `required:"" placeholder:"A1..F6" help:"Admiralty code: reliability of the source (A to F), credibility of what it says (1 to 6)."`
	Class       string `enum:"assessment,infrastructure,lure" default:"assessment" help:"assessment, infrastructure or lure."`
	What        string `placeholder:"TEXT" help:"Of infrastructure: the domain, address or certificate. Of a lure: its theme."`
	Dedicated   bool   `help:"Of infrastructure: it is nobody else's. Shared infrastructure weighs nothing."`
	Shared      int    `placeholder:"N" help:"How many show the same; above 3 it weighs nothing."`
	Origin      string `placeholder:"NAME" help:"Items of one origin count once: name it where two sources draw on one."`
	Contradicts bool   `help:"It says that it was not this actor."`
	Ref         string `placeholder:"TEXT" help:"Where it is said."`
	Date        string `placeholder:"DATE" help:"When it was said."`
}

func (c *attributeAddCmd) Run(ctx context.Context, io streams) error {
	return c.decide(ctx, io, func(a *attribute.Assessor, d *attribute.Decision) error {
		if err := resolve(a, c.Actor, d); err != nil {
			return err
		}
		if c.Class != attribute.ClassOutside && c.What == "" {
			return usageError{fmt.Errorf("%s needs --what", c.Class), "--what portal.example"}
		}
		d.Verb = attribute.Add
		d.Outside = &attribute.Item{
			Class: c.Class, What: c.What, Text: c.Reason, Source: c.Source, Grade: strings.ToUpper(c.Grade), Group: c.Origin, Shared: c.Shared, Ref: c.Ref,
			Actor: d.Actor, Contradicts: c.Contradicts, Dedicated: c.Dedicated, Date: c.Date,
		}
		return nil
	})
}

type attributeDenialCmd struct{ onActor }

func (c *attributeDenialCmd) Run(ctx context.Context, io streams) error {
	return c.say(ctx, io, attribute.Denial)
}

type attributeHistoryCmd struct {
	Campaign string `arg:"" help:"The campaign: PH-2026-0001."`
	Store    string `required:"" placeholder:"FILE" help:"The store that scan kept."`
	JSON     bool   `name:"json" help:"Print one JSON object per version."`
}

func (c *attributeHistoryCmd) Run(ctx context.Context, io streams) error {
	in := inputs{Store: c.Store}
	s, err := in.prepareStore(ctx, io)
	if err != nil {
		return err
	}
	defer s.close()
	history, err := s.store.History(ctx, strings.ToUpper(c.Campaign))
	if err != nil {
		return err
	}
	if len(history) == 0 {
		return hintError{fmt.Errorf("there is no assessment of %q in the store", c.Campaign), "pumphandle attribute again --store " + quote(c.Store)}
	}
	for i, a := range history {
		if c.JSON {
			if err := json.NewEncoder(io.out).Encode(a); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(io.out)
		}
		if err := run.WriteAssessment(io.out, a); err != nil {
			return err
		}
	}
	return nil
}

type attributeAgainCmd struct {
	Store string `required:"" placeholder:"FILE" help:"The store that scan kept."`
	baseFlags
}

func (c *attributeAgainCmd) Run(ctx context.Context, io streams) error {
	return rejudge(ctx, io, c.Store, c.baseFlags)
}

// rejudge judges the campaigns of a store with the knowledge of today. What
// people confirmed or rejected stays as they decided; what the program says
// beside it may change.
func rejudge(ctx context.Context, io streams, file string, base baseFlags) error {
	in := inputs{Store: file, baseFlags: base}
	s, err := in.prepareStore(ctx, io)
	if err != nil {
		return err
	}
	defer s.close()
	result, err := s.judge(ctx)
	if err == nil {
		err = s.store.Keep(ctx, result)
	}
	if err != nil {
		return err
	}
	for _, c := range result.Reassessed {
		fmt.Fprintln(io.out, run.Safe(c.String()))
	}
	if len(result.Reassessed) > 0 {
		fmt.Fprintf(io.out, "%d of %d campaigns are judged otherwise than before.\n", len(result.Reassessed), len(result.Campaigns))
		return nil
	}
	for i, x := range result.Campaigns {
		fmt.Fprintf(io.out, "%s: %s, as before\n", x.ID, result.Assessments[i].Status)
	}
	return nil
}
