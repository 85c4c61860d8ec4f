package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/evtx/evtxtest"
	"github.com/pumphandle/pumphandle/simulate"
)

// windowsEVTX writes the Windows benchmark log as the event log file that those
// records were shipped from.
func windowsEVTX(w io.Writer, logons int) ([]simulate.Label, error) {
	file := evtxWriter{log: evtxtest.NewLog(1)}
	labels, err := simulate.WindowsBench(&file, logons, seed)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(file.log.File())
	return labels, err
}

// evtxWriter takes the lines of Winlogbeat and puts back what it made of the
// records.
type evtxWriter struct {
	log  *evtxtest.Log
	rest []byte // of a line that is not complete
}

func (w *evtxWriter) Write(p []byte) (int, error) {
	lines := append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(lines, []byte{'\n'})
		if !ok {
			w.rest = append(w.rest[:0], lines...)
			return len(p), nil
		}
		if err := w.record(line); err != nil {
			return 0, err
		}
		lines = rest
	}
}

func (w *evtxWriter) record(line []byte) error {
	var r struct {
		Time   time.Time `json:"@timestamp"`
		Winlog struct {
			Channel  string            `json:"channel"`
			Provider string            `json:"provider_name"`
			Computer string            `json:"computer_name"`
			ID       string            `json:"event_id"`
			Data     map[string]string `json:"event_data"`
		} `json:"winlog"`
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	id, err := strconv.ParseUint(r.Winlog.ID, 10, 16)
	if err != nil {
		return err
	}
	ev := evtxtest.Event{ID: uint16(id), Time: r.Time, Provider: r.Winlog.Provider, Channel: r.Winlog.Channel, Computer: r.Winlog.Computer}
	for _, name := range logonData {
		text, ok := r.Winlog.Data[name]
		if !ok {
			continue // Status and SubStatus, which a successful logon has not got
		}
		value, err := typed(name, text)
		if err != nil {
			return err
		}
		ev.Data = append(ev.Data, evtxtest.Pair{Name: name, Value: value})
	}
	w.log.Add(&ev)
	return nil
}

// logonData are the data that the records have, in the order of 4625
// (learn.microsoft.com/windows/security/threat-protection/auditing/event-4625).
var logonData = []string{
	"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "TargetUserSid", "TargetUserName", "TargetDomainName",
	"Status", "SubStatus", "LogonType", "LogonProcessName", "AuthenticationPackageName", "WorkstationName",
	"TransmittedServices", "LmPackageName", "KeyLength", "ProcessName", "IpAddress", "IpPort",
}

// typed is the value as Windows types it.
func typed(name, text string) (any, error) {
	switch name {
	case "SubjectUserSid", "TargetUserSid":
		return evtxtest.SID(text), nil
	case "Status", "SubStatus":
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
		return evtxtest.Hex32(n), err
	case "LogonType", "KeyLength":
		n, err := strconv.ParseUint(text, 10, 32)
		return uint32(n), err
	}
	return text, nil
}
