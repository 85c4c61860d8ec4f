package simulate

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// mailWriter writes what an organisation hands over of its mail: one or more
// files below its folder.
type mailWriter struct {
	title string
	write func(dir string, m *mailRoom) ([]File, error)
}

// mailWriters are the forms by name.
var mailWriters = map[string]mailWriter{
	"mbox":       {"all that was delivered and sent, in one mbox (mboxrd)", writeMbox},
	"eml":        {"the same, one .eml for each mail", writeEML},
	"defender":   {"Defender advanced hunting: EmailEvents, EmailUrlInfo, EmailAttachmentInfo and UrlClickEvents, one row a line", writeDefender},
	"m365-trace": {"Microsoft 365 message trace, CSV", writeTrace},
	"gmail-log":  {"Google Workspace Gmail log events, one a line", writeGmailLog},
}

// MailFormats lists the forms in which mail is written: name and what it is.
func MailFormats() [][2]string {
	var all [][2]string
	for name, w := range mailWriters {
		all = append(all, [2]string{name, w.title})
	}
	slices.SortFunc(all, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return all
}

func (m *mailRoom) write(dir string) ([]File, error) {
	var files []File
	for _, e := range m.exports {
		f, err := mailWriters[e].write(filepath.Join(dir, LogsDir, string(m.o.ID)), m)
		if err != nil {
			return files, err
		}
		for i := range f {
			f[i].Path = LogsDir + "/" + string(m.o.ID) + "/" + f[i].Path
			f[i].Org, f[i].Format = m.o.ID, e
		}
		files = append(files, f...)
	}
	return files, nil
}

// file writes one file through a buffer.
func (m *mailRoom) file(dir, name string, write func(w *bufio.Writer) (int64, error)) (File, error) {
	f := File{Path: name}
	err := create(filepath.Join(dir, filepath.FromSlash(name)), func(disk io.Writer) error {
		c := &counter{w: disk}
		w := bufio.NewWriter(c)
		n, err := write(w)
		if err == nil {
			err = w.Flush()
		}
		f.Attempts, f.Bytes, f.Text = n, c.n, c.n
		return err
	})
	return f, err
}

func writeMbox(dir string, m *mailRoom) ([]File, error) {
	f, err := m.file(dir, "mail.mbox", func(w *bufio.Writer) (n int64, err error) {
		for i := range m.items {
			if item := &m.items[i]; item.delivered() {
				n++
				fmt.Fprintf(w, "From %s %s\n", item.letter.From.Email, item.letter.Time.Format("Mon Jan _2 15:04:05 2006"))
				for line := range bytes.Lines(item.letter.Bytes()) {
					if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
						_ = w.WriteByte('>') // the error comes with the next Flush
					}
					_, _ = w.Write(line)
				}
				_ = w.WriteByte('\n')
			}
		}
		return n, nil
	})
	return []File{f}, err
}

func writeEML(dir string, m *mailRoom) ([]File, error) {
	var total File
	for i := range m.items {
		item := &m.items[i]
		if !item.delivered() {
			continue
		}
		f, err := m.file(dir, fmt.Sprintf("mail/%06d.eml", i), func(w *bufio.Writer) (int64, error) {
			_, err := w.Write(item.letter.Bytes())
			return 1, err
		})
		if err != nil {
			return nil, err
		}
		total.Attempts++
		total.Bytes, total.Text = total.Bytes+f.Bytes, total.Text+f.Text
	}
	total.Path = "mail/"
	return []File{total}, nil
}

// row is a JSON object whose fields keep their order.
type row []any

func (r row) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := 0; i+1 < len(r); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		k, err := json.Marshal(r[i])
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(r[i+1])
		if err != nil {
			return nil, err
		}
		b.Write(k)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func domainOf(email string) string { return email[strings.LastIndexByte(email, '@')+1:] }

const defenderTime = "2006-01-02T15:04:05.0000000Z"

// writeDefender writes four tables of advanced hunting
// (learn.microsoft.com/defender-xdr/advanced-hunting-emailevents-table and
// its neighbours): columns, names and values as they stand there.
func writeDefender(dir string, m *mailRoom) ([]File, error) {
	var tables [4]bytes.Buffer
	names := [4]string{"EmailEvents.ndjson", "EmailUrlInfo.ndjson", "EmailAttachmentInfo.ndjson", "UrlClickEvents.ndjson"}
	var counts [4]int64
	put := func(table int, r row) error {
		counts[table]++
		return json.NewEncoder(&tables[table]).Encode(r)
	}
	for i := range m.items {
		item := &m.items[i]
		l, at := item.letter, item.letter.Time.Format(defenderTime)
		files := l.Attachments()
		for j, to := range item.to {
			action, location, threat := "Delivered", "Inbox/folder", ""
			if to.blocked {
				action, location, threat = "Blocked", "Quarantine", "Phish"
			}
			if item.direction == "Outbound" {
				location = "On-premises/external"
			}
			urls := 0
			if l.URL != "" {
				urls = 1
			}
			err := put(0, row{
				"Timestamp", at, "NetworkMessageId", item.network.String(), "InternetMessageId", "<" + l.MessageID + ">",
				"SenderMailFromAddress", l.From.Email, "SenderFromAddress", l.From.Email, "SenderDisplayName", l.From.Name,
				"SenderMailFromDomain", domainOf(l.From.Email), "SenderFromDomain", domainOf(l.From.Email), "SenderIPv4", item.ip.String(),
				"RecipientEmailAddress", to.account, "Subject", l.Subject, "EmailDirection", item.direction, "DeliveryAction", action, "DeliveryLocation", location,
				"ThreatTypes", threat, "AuthenticationDetails", l.AuthenticationDetails(), "AttachmentCount", len(files), "UrlCount", urls,
				"EmailLanguage", l.Family.Language, "ReportId", fmt.Sprintf("%s-%d", item.network.String()[:18], j),
			})
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				if err := put(2, row{"Timestamp", at, "NetworkMessageId", item.network.String(), "SenderFromAddress", l.From.Email, "RecipientEmailAddress", to.account, "FileName", f.Name, "FileType", f.Type, "SHA256", f.SHA256, "FileSize", f.Size}); err != nil {
					return nil, err
				}
			}
			for _, c := range to.clicks {
				if err := put(3, row{"Timestamp", c.Format(defenderTime), "Url", l.URL, "ActionType", "ClickAllowed", "AccountUpn", to.account, "Workload", "Email", "NetworkMessageId", item.network.String(), "ThreatTypes", "", "IPAddress", m.egress(to.account), "IsClickedThrough", false, "UrlChain", fmt.Sprintf("[%q]", l.URL), "ReportId", item.network.String()}); err != nil {
					return nil, err
				}
			}
		}
		if l.URL != "" {
			host, _, _ := strings.Cut(strings.SplitN(l.URL, "://", 2)[1], "/")
			if err := put(1, row{"Timestamp", at, "NetworkMessageId", item.network.String(), "Url", l.URL, "UrlDomain", host, "UrlLocation", "Body", "ReportId", item.network.String()}); err != nil {
				return nil, err
			}
		}
	}
	var files []File
	for i := range tables {
		if counts[i] == 0 {
			continue
		}
		f, err := m.file(dir, names[i], func(w *bufio.Writer) (int64, error) {
			_, err := w.Write(tables[i].Bytes())
			return counts[i], err
		})
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (m *mailRoom) egress(account string) string {
	return m.o.egress(hashText(account)).Addr.String()
}

// writeTrace writes the message trace of the Exchange admin centre: the
// columns of its enhanced summary report.
func writeTrace(dir string, m *mailRoom) ([]File, error) {
	f, err := m.file(dir, "message-trace.csv", func(w *bufio.Writer) (n int64, err error) {
		c := csv.NewWriter(w)
		_ = c.Write([]string{"origin_timestamp_utc", "sender_address", "recipient_status", "message_subject", "total_bytes", "message_id", "network_message_id", "original_client_ip", "directionality", "connector_id", "delivery_priority"})
		for i := range m.items {
			item := &m.items[i]
			l := item.letter
			var status []string
			for _, to := range item.to {
				s := "Receive, Deliver"
				if to.blocked {
					s = "Receive, Quarantine"
				} else if item.direction == "Outbound" {
					s = "Submit, SendExternal"
				}
				status = append(status, to.account+"##"+s)
			}
			way := map[string]string{"Inbound": "Incoming", "Outbound": "Originating", "Intra-org": "Originating"}[item.direction]
			_ = c.Write([]string{l.Time.Format("2006-01-02T15:04:05.000Z"), l.From.Email, strings.Join(status, ";"), l.Subject, fmt.Sprint(len(l.Plain()) + 4000), "<" + l.MessageID + ">", item.network.String(), item.ip.String(), way, "", "Normal"})
			n++
		}
		c.Flush()
		return n, c.Error()
	})
	return []File{f}, err
}

// writeGmailLog writes Gmail log events as they are exported to BigQuery
// (support.google.com/a/answer/7230050): a delivery, and a click as an event
// after it.
func writeGmailLog(dir string, m *mailRoom) ([]File, error) {
	f, err := m.file(dir, "gmail-log.ndjson", func(w *bufio.Writer) (n int64, err error) {
		enc := json.NewEncoder(w)
		for i := range m.items {
			item := &m.items[i]
			l := item.letter
			for _, to := range item.to {
				event := func(at time.Time, action int, extra ...any) error {
					n++
					message := row{
						"action_type", action, "rfc2822_message_id", "<" + l.MessageID + ">", "subject", l.Subject,
						"source", row{"address", l.From.Email, "from_header_address", l.From.Email, "from_header_displayname", l.From.Name},
						"destination", []any{row{"address", to.account}}, "is_spam", to.blocked,
						"connection_info", row{"client_ip", item.ip.String()}, "link_domain", []string{}, "num_message_attachments", len(l.Attachments()),
					}
					return enc.Encode(row{"event_info", append(row{"timestamp_usec", at.UnixMicro(), "success", !to.blocked}, extra...), "message_info", message})
				}
				action, kind := 3, 2 // delivered, received
				if item.direction == "Outbound" {
					action, kind = 10, 1
				}
				if to.blocked {
					action = 14 // quarantined
				}
				if err := event(l.Time, action, "mail_event_type", kind); err != nil {
					return n, err
				}
				for _, c := range to.clicks {
					if err := event(c, 71, "mail_event_type", 15, "post_delivery_info", row{"interaction", row{"link_url", l.URL}}); err != nil {
						return n, err
					}
				}
			}
		}
		return n, nil
	})
	return []File{f}, err
}
