// Duckdb runs the query that looks for a spray in one source's log: for each
// address and hour, how many accounts it failed on. It reads only the columns
// that the query needs, with their types given, so that DuckDB neither infers
// a schema nor keeps the rest of an event.
//
//	duckdb [-threads 2] sshd|entra|okta|cloudtrail FILE
//	duckdb -version
package main

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

// source says how a log is read and which events are failed sign-ins.
type source struct {
	columns map[string]string // of a log of JSON
	lines   bool              // it is a log of lines, of which each is a column line
	addr    string
	account string
	hour    string
	failed  string
}

var sources = map[string]source{
	"sshd": { // cut at words: an expression that nobody can mislead takes four times as long
		lines: true, hour: "substr(line, 1, 9)", // "Sep 14 00"
		addr:    "split_part(split_part(line, ' from ', 2), ' ', 1)",
		account: "split_part(split_part(replace(line, 'invalid user ', ''), 'Failed password for ', 2), ' ', 1)",
		failed:  "contains(line, 'Failed password for ')",
	},
	"entra": {
		columns: map[string]string{
			"time": "TIMESTAMP", "category": "VARCHAR", "tenantId": "VARCHAR", "resultType": "VARCHAR", "resultDescription": "VARCHAR",
			"callerIpAddress": "VARCHAR", "properties": "STRUCT(userPrincipalName VARCHAR)",
		},
		addr: "callerIpAddress", account: "properties.userPrincipalName", hour: hour("time"), failed: "resultType <> '0'",
	},
	"okta": {
		columns: map[string]string{
			"published": "TIMESTAMP", "eventType": "VARCHAR", "uuid": "VARCHAR", "severity": "VARCHAR",
			"actor": "STRUCT(alternateId VARCHAR)", "client": "STRUCT(ipAddress VARCHAR)", "outcome": "STRUCT(result VARCHAR)",
		},
		addr: "client.ipAddress", account: "actor.alternateId", hour: hour("published"),
		failed: "eventType = 'user.session.start' AND outcome.result = 'FAILURE'",
	},
	"cloudtrail": {
		columns: map[string]string{
			"eventTime": "TIMESTAMP", "eventName": "VARCHAR", "sourceIPAddress": "VARCHAR", "userAgent": "VARCHAR", "recipientAccountId": "VARCHAR",
			"userIdentity": "STRUCT(userName VARCHAR)", "responseElements": "STRUCT(ConsoleLogin VARCHAR)",
		},
		addr: "sourceIPAddress", account: "recipientAccountId || userIdentity.userName", hour: hour("eventTime"),
		failed: "responseElements.ConsoleLogin = 'Failure'",
	},
}

func main() {
	threads := flag.Int("threads", 2, "how many it may use")
	version := flag.Bool("version", false, "print the version of DuckDB")
	flag.Parse()
	if *version {
		if err := printVersion(); err != nil {
			fmt.Fprintln(os.Stderr, "duckdb:", err)
			os.Exit(1)
		}
		return
	}
	src, ok := sources[flag.Arg(0)]
	if !ok || flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: duckdb [-threads 2] sshd|entra|okta|cloudtrail FILE")
		os.Exit(2)
	}
	if err := query(src, flag.Arg(1), *threads); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func printVersion() error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	var version string
	if err := db.QueryRow("SELECT version()").Scan(&version); err != nil {
		return err
	}
	fmt.Println(version)
	return nil
}

// query prints what fails on most accounts in an hour. Nothing found means that
// the columns do not fit the log, whose planted spray is not missed by this.
func query(src source, path string, threads int) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(fmt.Sprintf("SET threads = %d", threads)); err != nil {
		return err
	}
	rows, err := db.Query(src.spray(path))
	if err != nil {
		return err
	}
	defer rows.Close()
	found := 0
	for ; rows.Next(); found++ {
		var addr, hour string
		var accounts, failures int64
		if err := rows.Scan(&addr, &hour, &accounts, &failures); err != nil {
			return err
		}
		fmt.Println(addr, hour, accounts, failures)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if found == 0 {
		return errors.New("no address failed on ten accounts in an hour")
	}
	return nil
}

// hour is a column of times by the hour.
func hour(column string) string { return "CAST(date_trunc('hour', " + column + ") AS VARCHAR)" }

func (s source) spray(path string) string {
	return fmt.Sprintf(`SELECT %s AS addr, %s AS hour, count(DISTINCT %s) AS accounts, count(*) AS failures
FROM %s
WHERE %s GROUP BY ALL HAVING accounts >= 10 ORDER BY accounts DESC, addr, hour`,
		s.addr, s.hour, s.account, s.table("'"+strings.ReplaceAll(path, "'", "''")+"'"), s.failed)
}

// table is the log as a table.
func (s source) table(path string) string {
	if s.lines { // CSV of one column
		return fmt.Sprintf(`read_csv(%s, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '')`, path)
	}
	var columns []string
	for name, kind := range s.columns {
		columns = append(columns, fmt.Sprintf("%q: '%s'", name, kind))
	}
	sort.Strings(columns)
	return fmt.Sprintf("read_ndjson(%s, columns = {%s})", path, strings.Join(columns, ", "))
}
