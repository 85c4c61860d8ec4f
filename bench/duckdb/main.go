// Duckdb runs the query that looks for a spray in one source's log: for each
// address and hour, how many accounts it failed on. It reads only the columns
// that the query needs, with their types given, so that DuckDB neither infers
// a schema nor keeps the rest of an event.
//
//	duckdb [-threads 2] entra|okta|cloudtrail FILE
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
	columns map[string]string
	addr    string
	account string
	at      string
	failed  string
}

var sources = map[string]source{
	"entra": {
		columns: map[string]string{
			"time": "TIMESTAMP", "category": "VARCHAR", "tenantId": "VARCHAR", "resultType": "VARCHAR", "resultDescription": "VARCHAR",
			"callerIpAddress": "VARCHAR", "properties": "STRUCT(userPrincipalName VARCHAR)",
		},
		addr: "callerIpAddress", account: "properties.userPrincipalName", at: "time", failed: "resultType <> '0'",
	},
	"okta": {
		columns: map[string]string{
			"published": "TIMESTAMP", "eventType": "VARCHAR", "uuid": "VARCHAR", "severity": "VARCHAR",
			"actor": "STRUCT(alternateId VARCHAR)", "client": "STRUCT(ipAddress VARCHAR)", "outcome": "STRUCT(result VARCHAR)",
		},
		addr: "client.ipAddress", account: "actor.alternateId", at: "published",
		failed: "eventType = 'user.session.start' AND outcome.result = 'FAILURE'",
	},
	"cloudtrail": {
		columns: map[string]string{
			"eventTime": "TIMESTAMP", "eventName": "VARCHAR", "sourceIPAddress": "VARCHAR", "userAgent": "VARCHAR", "recipientAccountId": "VARCHAR",
			"userIdentity": "STRUCT(userName VARCHAR)", "responseElements": "STRUCT(ConsoleLogin VARCHAR)",
		},
		addr: "sourceIPAddress", account: "recipientAccountId || userIdentity.userName", at: "eventTime",
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
		fmt.Fprintln(os.Stderr, "usage: duckdb [-threads 2] entra|okta|cloudtrail FILE")
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

func (s source) spray(path string) string {
	var columns []string
	for name, kind := range s.columns {
		columns = append(columns, fmt.Sprintf("%q: '%s'", name, kind))
	}
	sort.Strings(columns)
	return fmt.Sprintf(`SELECT %s AS addr, CAST(date_trunc('hour', %s) AS VARCHAR) AS hour,
	count(DISTINCT %s) AS accounts, count(*) AS failures
FROM read_ndjson('%s', columns = {%s})
WHERE %s GROUP BY ALL HAVING accounts >= 10 ORDER BY accounts DESC, addr, hour`,
		s.addr, s.at, s.account, strings.ReplaceAll(path, "'", "''"), strings.Join(columns, ", "), s.failed)
}
