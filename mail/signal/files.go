package signal

import (
	"cmp"
	"path"
	"slices"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/attach"
)

// fileSignals says which signal each finding in an attachment gives. What is
// not in it is ordinary by itself.
var fileSignals = map[string]string{
	"executable": "file_program", "executable_in_archive": "file_program", "script": "file_program", "help_file": "file_program",
	"mobileconfig": "file_program", "rdp_file": "file_program", "web_query": "file_program", "onenote_embedded": "file_program",
	"disk_image": "file_disk_image",
	"shortcut":   "file_shortcut", "lnk_in_archive": "file_shortcut",
	"macro": "file_macro", "macro_auto": "file_macro", "macro_sheet": "file_macro",
	"remote_template": "file_remote_template", "external_link_dde": "file_remote_template",
	"ole_object": "file_object", "ole_package": "file_object", "equation_object": "file_object", "rtf_object": "file_object",
	"encrypted_archive": "file_encrypted", "encrypted_document": "file_encrypted", "password_in_text": "file_password_told",
	"html_attachment": "file_html", "html_form_password": "file_password_form", "html_redirect": "file_html", "svg_script": "file_html",
	"html_smuggling": "file_smuggling", "html_obfuscated": "file_smuggling",
	"pdf_uri": "file_pdf_link", "pdf_image_only_link": "file_pdf_link", "pdf_form_submit": "file_pdf_link", "pdf_remote": "file_pdf_link",
	"pdf_launch": "file_pdf_active", "pdf_javascript": "file_pdf_active", "pdf_openaction": "file_pdf_active", "pdf_embedded_file": "file_pdf_active",
	"ics_link": "file_calendar_link", "qr_code": "file_qr_code",
	"type_mismatch": "file_disguised", "double_extension": "file_disguised", "hidden_name": "file_disguised",
	"archive_bomb": "file_bomb", "archive_too_deep": "file_bomb", "archive_inconsistent": "file_bomb",
}

// namedFiles are the signals of which the file's name tells more than what was
// found in it.
var namedFiles = map[string]bool{"file_disk_image": true, "file_password_form": true, "file_html": true, "file_encrypted": true, "file_smuggling": true}

// files notes what the attachments are and hold.
func (x *exam) files(found attach.Result) {
	x.f.Files = found.Files[:min(len(found.Files), mail.MaxFiles)]
	first := map[string]string{}
	for _, f := range found.Findings {
		id := fileSignals[f.Code]
		if id != "" && first[id] == "" {
			first[id] = cmp.Or(f.Detail, path.Base(f.File))
			if namedFiles[id] {
				first[id] = path.Base(f.File)
			}
		}
	}
	for _, id := range listed(first) {
		x.note(id, 1, first[id])
	}
	if i := slices.IndexFunc(found.Files, func(f mail.File) bool { return documents[f.Kind] }); i >= 0 {
		x.note("file_document", 1, path.Base(found.Files[i].Name))
	}
}

var documents = map[string]bool{"pdf": true, "doc": true, "docx": true, "docm": true, "xls": true, "xlsx": true, "xlsm": true, "ppt": true, "pptx": true, "rtf": true, "odt": true}
