package signal

import "github.com/pumphandle/pumphandle/mail"

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

// A claim below firm is a mention: it may speak of somebody, not for them.
const firm = .5

// payload are the signals of something that takes code or a password from who
// opens it.
var payload = []string{
	"file_program", "file_disk_image", "file_shortcut", "file_macro", "file_remote_template", "file_object", "file_encrypted", "file_password_told",
	"file_html", "file_smuggling", "file_pdf_active", "file_qr_code", "file_disguised", "file_calendar_link", "file_pdf_link",
	"form", "password_field", "smuggling", "script",
	"link_mismatch", "link_names_recipient", "link_redirector", "link_shortener", "link_free_hosting", "link_file_share", "link_address",
	"link_punycode", "link_userinfo", "link_script", "link_odd_host", "link_cheap_domain", "lookalike_link", "links_foreign",
}

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
	tell("recruiter_lure", v.recruiter())
	tell("health_authority_lure", v.healthAuthority())
	tell("device_code_phish", v.deviceCode())
	tell("credential_phish", v.credential())
	tell("malware_lure", v.malware(h))
	tell("thread_hijack", v.threadHijack(h))
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

// strange reports that the sender is not who he says, or hides who he is.
func (v values) strange(claim string) bool {
	return v[claim] >= firm || v.any("lookalike_sender", "address_in_name") || v["disguised_letters"] > 0 && v.any("claims_brand", "claims_login_brand")
}

// recruiter is the lure of Operation Dream Job (Zinc): a position at a known
// employer, offered from elsewhere, with something to open.
func (v values) recruiter() Level {
	offers := v["lure_recruiter"] >= .5
	pivot := v.any("freemail_sender", "reply_freemail", "freemail_in_body")
	stranger := v.strange("claims_recruiter") || v["claims_recruiter"] > 0 && pivot || v["claims_own"] >= firm
	brings := v.any(payload...)
	return level(
		offers && stranger && (brings || v["lure_recruiter"] >= .75) || offers && v.any(code...) && (stranger || pivot),
		offers && (stranger || pivot && (brings || v["file_document"] > 0)) || v["claims_recruiter"] >= firm && v.any(code...),
	)
}

// healthAuthority is the lure of Cerium: the name of the WHO or its like, from
// elsewhere.
func (v values) healthAuthority() Level {
	claims := v.strange("claims_health_authority") && v["claims_health_authority"] > 0
	wants := v["lure_health_authority"] >= .4 || v["lure_credential"] >= .4 || v["lure_advance_fee"] >= .5 || v.any(payload...) || v["file_document"] > 0
	return level(claims && wants || v["claims_health_authority"] >= .9, claims || v["claims_health_authority"] > 0 && v["lure_health_authority"] >= .4 && v.any(payload...))
}

// credential is a page that asks for a password in the name of a service, of a
// brand, or of the own organisation.
func (v values) credential() Level {
	claim := v.most("claims_login_brand", "claims_brand", "claims_own", "claims_own_function", "claims_person")
	wants := v["lure_credential"] >= .4 || v["lure_voicemail"] >= .4 || v["lure_document_share"] >= .4 || v["password_field"] > 0
	asks := v["lure_credential"] > 0 || v["lure_call_to_action"] > 0 || v["lure_urgency"] > 0 || v["lure_payment"] > 0 || v["lure_delivery"] > 0
	leads := v.any(payload...) || v["links_foreign"] > 0
	disguise := v.any("lookalike_sender", "lookalike_link", "disguised_letters", "link_mismatch", "link_names_recipient", "link_userinfo", "file_html", "file_qr_code")
	return level(
		claim >= firm && wants && leads || wants && leads && v.any("lookalike_sender", "lookalike_link", "link_names_recipient", "password_field") || claim >= firm && asks && disguise,
		claim >= firm && asks && leads || wants && leads && disguise || v["lookalike_sender"] > 0,
	)
}

// deviceCode asks to type a code into the real page of a provider, which signs
// the attacker in (Storm-2372, 2025; ATT&CK T1528).
func (v values) deviceCode() Level {
	return level(v["device_code"] > 0 && v.any("freemail_sender", "claims_login_brand", "claims_own", "claims_own_function", "lure_meeting", "lookalike_sender", "claims_person", "claims_health_authority", "reply_elsewhere"),
		v["device_code"] > 0)
}

// malware brings code by a way that honest senders do not take.
func (v values) malware(h History) Level {
	unknown := h.Days == 0 || h.SenderDays == 0 && !h.Solicited
	n := 0
	for _, id := range code {
		if v[id] > 0 {
			n++
		}
	}
	claim := v.most("claims_login_brand", "claims_brand", "claims_own", "claims_own_function", "claims_person", "claims_health_authority", "claims_recruiter")
	return level(unknown && (n > 1 || n > 0 && (claim >= firm || v.any("lookalike_sender", "reply_freemail"))), unknown && n > 0)
}

// threadHijack answers in a thread in which the sender's side never was.
func (v values) threadHijack(h History) Level {
	stranger := h.ThreadKnown && h.ThreadStranger && h.DomainDays == 0
	return level(stranger && (v.any("lookalike_sender") || v.any(code...) || v["lure_payment"] > 0 && v.any(payload...)), stranger && v.any(payload...))
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
