// Decode reads a log as a plain Go program would: encoding/json, line by line,
// into a struct of the seven fields that a detection of sprays needs. It counts
// the failures and does nothing else, so that it is the floor of what the
// standard library can do.
//
//	decode entra|okta|cloudtrail FILE
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

type entra struct {
	Time       time.Time `json:"time"`
	TenantID   string    `json:"tenantId"`
	ResultType string    `json:"resultType"`
	Addr       string    `json:"callerIpAddress"`
	Properties struct {
		Account   string `json:"userPrincipalName"`
		App       string `json:"appDisplayName"`
		UserAgent string `json:"userAgent"`
	} `json:"properties"`
}

func (e *entra) failed() bool { return e.ResultType != "0" }

type okta struct {
	Time   time.Time `json:"published"`
	Event  string    `json:"eventType"`
	ID     string    `json:"uuid"`
	Client struct {
		Addr      string `json:"ipAddress"`
		UserAgent struct {
			Raw string `json:"rawUserAgent"`
		} `json:"userAgent"`
	} `json:"client"`
	Actor struct {
		Account string `json:"alternateId"`
	} `json:"actor"`
	Outcome struct {
		Result string `json:"result"`
	} `json:"outcome"`
}

func (o *okta) failed() bool { return o.Outcome.Result == "FAILURE" }

type cloudTrail struct {
	Time      time.Time `json:"eventTime"`
	Event     string    `json:"eventName"`
	Addr      string    `json:"sourceIPAddress"`
	UserAgent string    `json:"userAgent"`
	AccountID string    `json:"recipientAccountId"`
	Identity  struct {
		User string `json:"userName"`
	} `json:"userIdentity"`
	Response struct {
		Login string `json:"ConsoleLogin"`
	} `json:"responseElements"`
}

func (c *cloudTrail) failed() bool { return c.Response.Login == "Failure" }

func main() {
	sources := map[string]func(io.Reader) (int, error){
		"entra":      func(r io.Reader) (int, error) { return count(r, (*entra).failed) },
		"okta":       func(r io.Reader) (int, error) { return count(r, (*okta).failed) },
		"cloudtrail": func(r io.Reader) (int, error) { return count(r, (*cloudTrail).failed) },
	}
	if len(os.Args) != 3 || sources[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: decode entra|okta|cloudtrail FILE")
		os.Exit(2)
	}
	if err := decode(os.Args[2], sources[os.Args[1]]); err != nil {
		fmt.Fprintln(os.Stderr, "decode:", err)
		os.Exit(1)
	}
}

func decode(path string, failures func(io.Reader) (int, error)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := failures(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if n == 0 {
		return errors.New("no failed sign-in found: the fields do not fit the log")
	}
	fmt.Println(n)
	return nil
}

// count returns how many of the records, one on each line, have failed.
func count[T any](r io.Reader, failed func(*T) bool) (int, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), 1<<20)
	n := 0
	for line := 1; lines.Scan(); line++ {
		var record T
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return 0, fmt.Errorf("line %d: %w", line, err)
		}
		if failed(&record) {
			n++
		}
	}
	return n, lines.Err()
}
