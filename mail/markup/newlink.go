package markup

// NewLink is the link of a URL that stands outside of a page: in an attachment
// or in a gateway's record.
func NewLink(href string) Link {
	l := Link{Href: clean(href)}
	l.resolve("")
	return l
}
