package attach

import "slices"

// Code says what a finding means.
type Code struct {
	ID        string // stable
	Text      string // plain words
	Technique string // ATT&CK id; "" none
}

// Codes lists all findings there can be, sorted by id.
func Codes() []Code {
	list := make([]Code, 0, len(codeTable))
	for id, c := range codeTable {
		c.ID = id
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Code) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

var codeTable = map[string]Code{
	// what it is
	"executable":            {Text: "a program", Technique: "T1204.002"},
	"executable_in_archive": {Text: "a program in an archive, disk image or document", Technique: "T1204.002"},
	"script":                {Text: "a script that the system runs on a double click", Technique: "T1059"},
	"shortcut":              {Text: "a shortcut file that opens something else", Technique: "T1204.002"},
	"lnk_in_archive":        {Text: "a Windows shortcut in an archive or disk image", Technique: "T1204.002"},
	"disk_image":            {Text: "a disk image: its files lose the mark of the web", Technique: "T1553.005"},
	"help_file":             {Text: "a compiled help file, which can run scripts", Technique: "T1218.001"},
	"html_attachment":       {Text: "a web page as an attachment", Technique: "T1566.001"},
	"mobileconfig":          {Text: "a configuration profile for Apple devices", Technique: "T1176"},
	"rdp_file":              {Text: "a remote desktop file: opening it connects to its server", Technique: "T1021.001"},
	"web_query":             {Text: "a web query or symbolic link sheet that makes Excel fetch data", Technique: "T1204.002"},
	"nested_mail":           {Text: "a mail as an attachment, not looked into", Technique: ""},

	// how it hides
	"type_mismatch":    {Text: "the name promises another kind of file than the content is", Technique: "T1036.008"},
	"double_extension": {Text: "a harmless extension before the real one", Technique: "T1036.007"},
	"hidden_name":      {Text: "characters or spaces that hide the end of the name", Technique: "T1036.002"},

	// archives
	"encrypted_archive":    {Text: "an encrypted archive, which filters cannot open", Technique: "T1027.013"},
	"encrypted_document":   {Text: "an encrypted document, which filters cannot open", Technique: "T1027.013"},
	"password_in_text":     {Text: "the mail announces a password for its encrypted attachment", Technique: "T1027.013"},
	"archive_bomb":         {Text: "an archive that is made to exhaust whoever opens it", Technique: "T1499.004"},
	"archive_too_deep":     {Text: "archives in archives beyond the bound", Technique: "T1027"},
	"archive_inconsistent": {Text: "an archive that shows different contents to different programs", Technique: "T1027"},

	// documents
	"macro":               {Text: "a document with macros", Technique: "T1204.002"},
	"macro_auto":          {Text: "macros that run when the document is opened", Technique: "T1204.002"},
	"macro_sheet":         {Text: "an Excel 4.0 macro sheet", Technique: "T1204.002"},
	"remote_template":     {Text: "a document that loads a template, frame or object from a server when opened", Technique: "T1221"},
	"remote_image":        {Text: "a document that loads an image from a server when opened", Technique: "T1187"},
	"external_link_dde":   {Text: "a document that starts programs by DDE", Technique: "T1559.002"},
	"ole_object":          {Text: "an embedded object", Technique: "T1204.002"},
	"ole_package":         {Text: "an embedded file that opens on a double click", Technique: "T1204.002"},
	"equation_object":     {Text: "an object of the old equation editor, known for its holes", Technique: "T1203"},
	"rtf_object":          {Text: "an object in a rich text file", Technique: "T1203"},
	"onenote_embedded":    {Text: "a file embedded in a OneNote page", Technique: "T1204.002"},
	"pdf_uri":             {Text: "a link in a PDF", Technique: "T1566.002"},
	"pdf_launch":          {Text: "a PDF that starts a program", Technique: "T1204.002"},
	"pdf_javascript":      {Text: "script in a PDF", Technique: "T1059.007"},
	"pdf_openaction":      {Text: "a PDF that acts when opened (script, program, web address)", Technique: "T1204.002"},
	"pdf_embedded_file":   {Text: "a file in a PDF", Technique: "T1204.002"},
	"pdf_form_submit":     {Text: "a PDF form that is sent to a server", Technique: "T1598.002"},
	"pdf_remote":          {Text: "a PDF that refers to a file on a server", Technique: "T1187"},
	"pdf_image_only_link": {Text: "a PDF that is nothing but an image and a link", Technique: "T1566.002"},

	// web pages, calendars, images
	"html_smuggling":     {Text: "a page that builds a file in the browser, past every filter", Technique: "T1027.006"},
	"html_obfuscated":    {Text: "a page whose script is hidden in encoded text", Technique: "T1027"},
	"html_form_password": {Text: "a page that asks for a password", Technique: "T1598.002"},
	"html_redirect":      {Text: "a page that sends the reader on", Technique: "T1566.002"},
	"svg_script":         {Text: "an image with script in it", Technique: "T1027.017"},
	"ics_link":           {Text: "a link in a calendar entry", Technique: "T1566.002"},
	"qr_code":            {Text: "a QR code", Technique: "T1566.002"},
}
