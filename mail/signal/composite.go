package signal

import (
	"slices"

	"github.com/pumphandle/pumphandle/mail"
)

// values are a mail's signals by id.
type values map[string]float64

func valuesOf(f *mail.Facts) values {
	v := values{}
	for _, s := range f.Signals {
		v[s.ID] = max(v[s.ID], s.Value)
	}
	return v
}

func (v values) any(ids ...string) bool { return v.most(ids...) > 0 }

func (v values) most(ids ...string) float64 {
	m := 0.
	for _, id := range ids {
		m = max(m, v[id])
	}
	return m
}

func (v values) count(ids ...string) int {
	n := 0
	for _, id := range ids {
		if v[id] > 0 {
			n++
		}
	}
	return n
}

// A claim below firm is a mention: it may speak of somebody, not for them.
const firm = .5

// payload are the signals of something that takes code or a password from who
// opens it.
var payload = []string{
	"file_program", "file_disk_image", "file_shortcut", "file_macro", "file_remote_template", "file_object", "file_encrypted", "file_password_told",
	"file_html", "file_password_form", "file_smuggling", "file_pdf_active", "file_qr_code", "file_disguised", "file_calendar_link", "file_pdf_link",
	"form", "password_field", "smuggling", "script",
	"link_mismatch", "link_names_recipient", "link_redirector", "link_shortener", "link_free_hosting", "link_file_share", "link_address",
	"link_punycode", "link_userinfo", "link_script", "link_odd_host", "link_cheap_domain", "lookalike_link", "links_foreign",
}

// brought are those of payload that say so by themselves: that links lead
// elsewhere than to the sender is said of every newsletter.
var brought = slices.DeleteFunc(slices.Clone(payload), func(id string) bool { return id == "links_foreign" })

// code are those that bring code.
var code = []string{
	"file_program", "file_disk_image", "file_shortcut", "file_macro", "file_remote_template", "file_object", "file_smuggling", "smuggling",
	"file_password_told", "file_pdf_active", "file_disguised",
}

// composites tells which stories the signals tell together, most precise first
// (notes: a story needs a contradiction, not a style). h may be the zero value.
func composites(f *mail.Facts, h History) []Composite {
	v := valuesOf(f)
	var out []Composite
	tell := func(kind string, level Level) {
		if level > 0 {
			out = append(out, Composite{kind, level})
		}
	}
	recruiter, health := v.recruiter(), v.healthAuthority()
	if health >= recruiter && v["claims_recruiter"] == 0 {
		recruiter = 0 // an interview, a position as adviser: the authority's own words
	}
	tell("recruiter_lure", recruiter)
	tell("health_authority_lure", health)
	tell("device_code_phish", v.deviceCode())
	tell("credential_phish", v.credential())
	tell("malware_lure", v.malware(h))
	tell("thread_hijack", v.threadHijack(f, h))
	tell("lateral_phish", v.lateral(f, h))
	return out
}

// level returns High or Medium for what holds, else nothing.
func level(high, medium bool) Level {
	switch {
	case high:
		return High
	case medium:
		return Medium
	}
	return 0
}

// strange reports that the sender is not who he says. That a domain is made to
// look like another's is a claim of its own.
func (v values) strange(claim string) bool {
	return v[claim] >= firm || v[claim] > 0 && v.any("address_in_name")
}

// outside reports that somebody from outside poses as the recipient's own
// house, one of its desks or people.
func (v values) outside() bool {
	return v.most("claims_own", "claims_own_function", "claims_person") >= firm || v["lookalike_own"] == 1
}

// pivot reports that the conversation is led, or begins, at a free mailbox.
func (v values) pivot() bool { return v.any("freemail_sender", "reply_freemail", "freemail_in_body") }

// recruiter is the lure of Operation Dream Job (Zinc): a position at a known
// employer, offered from elsewhere, with something to open or a way to go on
// where nobody looks. A stranger who names an employer and brings neither may
// be an agency, or a university that passes on an offer; people who work for
// that employer sign so in their private mail.
func (v values) recruiter() Level {
	speaks, offers := v["lure_recruiter"] >= .25, v["lure_recruiter"] >= .45
	named := v.strange("claims_recruiter") || v["claims_own"] >= firm || v["employer_answers_leave"] > 0
	posed := v["claims_recruiter"] >= .75 || v["employer_answers_leave"] > 0 // in the sender's own name or domain
	brings, leads := v.any(payload...), v.any(payload...) && !(v["links_foreign"] > 0 && v.count(payload...) == 1)
	high := speaks && posed && (leads || v.pivot() || v["lookalike_sender"] > 0) ||
		offers && named && (brings || v.pivot()) ||
		v["lure_recruiter"] >= .75 && named ||
		speaks && v["claims_recruiter"] > 0 && v["reply_freemail"] > 0 ||
		speaks && v.any(code...) && (named || v.pivot()) ||
		v["lure_recruiter"] >= .6 && v["reply_freemail"] > 0
	medium := offers && (named || v.pivot() && (brings || v["claims_recruiter"] >= .35 || v["file_document"] > 0)) ||
		speaks && (posed || v["reply_freemail"] > 0) || v["claims_recruiter"] >= .75 && (v.pivot() || v["lookalike_sender"] > 0) && v["real_thread"] == 0
	switch {
	case v["real_thread"] > 0 && !leads:
		return 0 // a lure begins a conversation, or brings something in one
	case v["genuine_identity"] >= firm && !named && !v.any(code...):
		return 0 // it comes from whom it names; recruiters have answers sent to themselves
	}
	return level(high, medium)
}

// healthAuthority is the lure of Cerium: the name of the WHO or its like, from
// elsewhere.
func (v values) healthAuthority() Level {
	claim := v["claims_health_authority"]
	claims := v.strange("claims_health_authority") || v["genuine_answers_leave"] > 0
	wants := v["lure_health_authority"] >= .25 || v["lure_credential"] >= .4 || v["lure_advance_fee"] >= .5 || v.any(payload...) || v["file_document"] > 0
	return level(
		claims && (wants || v.pivot()) || claim >= .9,
		claims || claim > 0 && (v["lure_health_authority"] >= .4 && v.any(payload...) || v.pivot() && wants),
	)
}

// credential is a page that asks for a password in the name of a service, of a
// brand, or of the own organisation. Who surveys staff or trains them writes in
// the organisation's name and links to himself: that alone is not enough.
func (v values) credential() Level {
	claim := v.most("claims_login_brand", "claims_brand", "claims_own", "claims_own_function", "claims_person")
	service := v.most("claims_login_brand", "claims_brand", "claims_own_function", "claims_person") // the house's name alone is borne by surveys, too
	wants := v.most("lure_credential", "lure_voicemail", "lure_document_share") >= .4 || v.any("password_field", "file_password_form")
	asks := v.any("lure_credential", "lure_call_to_action", "lure_urgency", "lure_payment", "lure_delivery", "lure_crypto", "lure_advance_fee")
	leads, links := v.any(payload...), v.any("links_own", "links_foreign")
	lookalike := v["lookalike_sender"] > 0 && claim >= firm || v["lookalike_own"] == 1
	desk := v.most("claims_own_function", "claims_person") >= firm || v["lookalike_own"] == 1
	// The name is another's, and the address has nothing of it: not a domain of
	// theirs that the table lacks.
	posed := v.most("claims_login_brand", "claims_brand") >= .95 && v["name_is_domainless"] > 0
	disguise := v.any("lookalike_sender", "lookalike_own", "lookalike_link", "disguised_letters", "link_mismatch", "link_names_recipient", "link_userinfo",
		"file_html", "file_password_form", "file_qr_code")
	return level(
		claim >= firm && wants && leads ||
			wants && leads && (lookalike || v.any("lookalike_link", "link_names_recipient", "password_field")) ||
			claim >= firm && (asks && disguise || v.any("file_qr_code", "file_html", "file_password_form", "password_field", "link_names_recipient")) ||
			posed && (wants || asks) && (links || v.pivot()) ||
			claim >= .75 && v["link_address"] > 0 || claim >= firm && wants && v.pivot() ||
			v.outside() && ((leads || links) && wants || v["lookalike_own"] == 1 && asks && links || v.any("file_qr_code", "file_calendar_link", "file_html", "file_password_form")),
		service >= firm && asks && leads || wants && leads && disguise || v["lookalike_sender"] > 0 && claim >= firm || desk && (leads || links),
	)
}

// deviceCode asks to type a code into the real page of a provider, which signs
// the attacker in (Storm-2372, 2025; ATT&CK T1528).
func (v values) deviceCode() Level {
	return level(v["device_code"] == 1 && v["lure_meeting"] > 0 || v["device_code"] > 0 && v.any("freemail_sender", "claims_login_brand", "claims_own", "claims_own_function", "lookalike_sender", "lookalike_own", "claims_person", "claims_health_authority", "reply_elsewhere"),
		v["device_code"] > 0)
}

// malware brings code by a way that honest senders do not take.
func (v values) malware(h History) Level {
	unknown := h.Days == 0 || h.SenderDays == 0 && !h.Solicited
	n := v.count(code...)
	claim := v.most("claims_login_brand", "claims_brand", "claims_own", "claims_own_function", "claims_person", "claims_health_authority", "claims_recruiter")
	return level(unknown && (n > 1 || n > 0 && (claim >= firm || v.any("lookalike_sender", "lookalike_own", "lookalike_thread", "reply_freemail", "genuine_answers_leave", "employer_answers_leave"))), unknown && n > 0)
}

// threadHijack answers in a thread in which the sender's side never was, or
// from a domain that imitates one of it; or it brings what honest answers do
// not: an archive whose password stands beside it.
func (v values) threadHijack(f *mail.Facts, h History) Level {
	stranger := h.ThreadKnown && h.ThreadStranger && h.DomainDays == 0
	answers := len(f.Threads) > 0 || v["fake_reply"] > 0
	return level(
		answers && v.any("lookalike_thread") || stranger && (v.any("lookalike_sender", "lookalike_own") || v.any(code...) || v["lure_payment"] > 0 && v.any(payload...)),
		stranger && v.any(payload...) || answers && v.any("file_password_told"),
	)
}

// lateral comes from a colleague's mailbox and goes where he never wrote.
func (v values) lateral(f *mail.Facts, h History) Level {
	if f.Direction != mail.Internal || h.Days < 7 {
		return 0
	}
	newLink := h.LinkDays == 0 && len(f.Links) > 0
	wants := v["lure_credential"] >= .4 || v["lure_document_share"] >= .4 || v["lure_voicemail"] >= .4 || v.any("file_html", "file_qr_code", "file_encrypted")
	return level(h.Unlikely > .8 && newLink && wants, h.Unlikely > .8 && (newLink && v.any(payload...) || wants))
}
