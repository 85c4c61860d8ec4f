package jsonscan

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var oraclePaths = []string{
	"id", "status.errorCode", "status", "a[0]", "list[0].x", "props[Name=UA].Value", "props[Name=UA].NewValue",
	"props[Name=RequestType].Value", "deep.er.est", "k\x7f",
}

var oracleFields = [...]*Fields{Compile(Config{}, oraclePaths...), Compile(Config{AnyCase: true}, oraclePaths...)}

// check scans text and compares with encoding/json.
func check(t *testing.T, text []byte) {
	t.Helper()
	checkNext(t, text, &[2]Record{})
}

// checkNext is check with records that have been used before.
func checkNext(t *testing.T, text []byte, recs *[2]Record) {
	t.Helper()
	for k, anyCase := range []bool{false, true} {
		want, valid := parseOracle(text)
		rec, f := &recs[k], oracleFields[k]
		err := f.Scan(text, rec)
		if (err == nil) != valid {
			t.Fatalf("%q: Scan says %v, encoding/json valid = %v", text, err, valid)
		}
		if err != nil {
			continue
		}
		for i, path := range oraclePaths {
			w := want.at(path, anyCase)
			if got := rec.Kind(i); got != w.kind {
				t.Fatalf("%q: %s is of kind %d, want %d (any case %v)", text, path, got, w.kind, anyCase)
			}
			got := rec.Text(i)
			if w.kind == Object || w.kind == Array {
				if !json.Valid([]byte(got)) {
					t.Fatalf("%q: %s is no JSON: %q", text, path, got)
				}
				continue
			}
			if got != w.text {
				t.Fatalf("%q: %s = %q, want %q (any case %v)", text, path, got, w.text, anyCase)
			}
		}
	}
}

var oracleTexts = []string{
	`{}`, ` { } `, `{"id":1}`, `{"ID":"x","id":"y"}`, `{"id":"y","Id":null}`,
	`{"status":{"errorCode":50126,"x":[1,{"y":2}]}}`,
	`{"status":{"errorCode":1},"status":{"x":2}}`,        // the later one has no errorCode
	`{"status":{"errorCode":1},"status":5}`,              //
	`{"id":"a\"b\\c\/d\b\f\n\r\té"}`,                     // every escape
	`{"id":"\ud83d\ude00 \ud83d x \ude00 \ud83d\ud83d"}`, // pair, lone ones, and two high ones
	"{\"id\":\"\xff\xc3(\"}",                             // not UTF-8
	`{"\u0069d":"escaped key"}`,                          //
	`{"a":[{"x":1},2]}`, `{"a":[]}`, `{"a":{"0":1}}`, `{"a":[[1]],"list":[{"x":"1"},{"x":"2"}]}`,
	`{"props":[{"Name":"UA","Value":"curl"},{"Value":"t","Name":"RequestType"}]}`,
	`{"props":[{"Name":"UA","Value":"1"},{"Name":"UA"}]}`, // the last of duplicates, without a value
	`{"props":[{"Name":5,"Value":"1"},7,null,{"NewValue":{"z":1},"name":"ua"}]}`,
	`{"props":{"Name":"UA","Value":"1"}}`, `{"props":[],"props":[{"Name":"UA","Value":"1"}],"props":null}`,
	`{"id":-0.5e+10}`, `{"id":0}`, `{"id":1E5}`, `{"k` + "\x7f" + `":true,"deep":{"er":{"est":false}}}`,
	`{"id":"` + strings.Repeat("0123456789", 3) + `é` + strings.Repeat("x", 20) + `"}`,
	strings.Repeat(`{"a":`, MaxDepth) + `1` + strings.Repeat(`}`, MaxDepth),

	// Damaged, each in its own way.
	``, `[]`, `1`, `{`, `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`, `{'a':1}`,
	`{"a":1}}`, `{"a":1}x`, `{"a":01}`, `{"a":-}`, `{"a":.5}`, `{"a":1.}`, `{"a":1e}`, `{"a":+1}`, `{"a":1e+}`, `{"a":0x1}`,
	`{"a":tru}`, `{"a":True}`, `{"a":nul`, `{"a":nulll}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, `{"a":"\`,
	"{\"a\":\"\n\"}", "{\"a\":\"0123456789\x1f\"}", "{\"a\x00\":1}", `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[1}`, `{"a":{]}`,
	"\xef\xbb\xbf{}", "{\u00a0}", "{\v}",
	strings.Repeat(`{"a":`, MaxDepth+1) + `1` + strings.Repeat(`}`, MaxDepth+1),
	`{"a":` + strings.Repeat(`[`, 100000),
}

func TestScanAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range oracleTexts {
		check(t, []byte(text))
	}
}

// Every cut of a record and every change of one byte is either rejected by
// both or read alike by both.
func TestScanDamage(t *testing.T) {
	const text = `{"id":"a\u00e9\n","status":{"errorCode":-1.5e3,"x":[true,null]},"props":[{"Name":"UA","Value":"v"}],"list":[{"x":0}]}`
	for i := range len(text) {
		check(t, []byte(text[:i]))
		for _, b := range []byte("\"\\{}[],:0-.eE \n\x00\xff") {
			changed := []byte(text)
			changed[i] = b
			check(t, changed)
		}
	}
}

// What was scanned before must not show in what is read.
func TestHabitChangesNothing(t *testing.T) {
	texts := append(oracleTexts,
		`{"list":[{"x":1},{"x":2},[{"x":3}]]}`, `{"list":[[{"x":1}],{"x":2}],"a":{"x":[{"x":4}]}}`, `{"list":{"x":[{"x":1}]}}`,
		`{"status" : {"errorCode":7}}`, `{"status":{"errorCode" :8}}`, `{"status":{"errorcode":9,"errorCode":10}}`,
		`{"props":[[{"Name":"UA","Value":"1"}],{"Name":"UA","Value":"2"}]}`)
	var recs [2]Record
	for round := range uint64(40) {
		rand.New(rand.NewPCG(round, 1)).Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		for _, text := range texts {
			checkNext(t, []byte(text), &recs)
		}
		if round%8 == 7 { // more keys than are remembered
			for i := range 3 * maxPlaces / 100 {
				var b strings.Builder
				for k := range 100 {
					fmt.Fprintf(&b, `"k%d":[{"x":%d}],`, 100*i+k, k)
				}
				checkNext(t, []byte("{"+b.String()+`"id":1}`), &recs)
			}
		}
		if n := len(recs[0].habit.places); n > maxPlaces {
			t.Fatalf("%d places are remembered", n)
		}
	}
}

// Records of one program, whose members mostly come as before, make runs. None
// of what changes between them must be overlooked: a value, a key, space, a
// member that is missing, twice or new, a list that is longer, damage.
func TestRunChangesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	fixed := []string{`"id":"x"`, `"type":"log"`, `"status":{"errorCode":5,"reason":"none"}`, `"a":[{"x":1,"y":[]},{"x":2,"y":{}}]`,
		`"list":[{"x":7},{"x":8}]`, `"props":[{"Name":"UA","Value":"curl"},{"Name":"RequestType","Value":"t"}]`, `"deep":{"er":{"est":false}}`}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var recs [2]Record
	for n := range 4000 {
		members := slices.Clone(fixed)
		if n > 2000 { // another program
			slices.Reverse(members)
		}
		changing := fmt.Sprintf(`"k%d":%s`, n%3, pick(`1`, `"v"`, `null`, `[{"x":3}]`, `{"errorCode":9}`))
		time := strings.Repeat("9", r.IntN(20))
		if n/200%2 == 1 { // for a while it is always the same
			time, changing = "8", `"k":1`
		}
		members = slices.Insert(members, 3, `"time":"`+time+`"`, changing)
		members = slices.Insert(members, 1, fmt.Sprintf(`"phase":%d`, n/300))
		for r.IntN(3) == 0 {
			switch k := r.IntN(len(members)); r.IntN(5) {
			case 0:
				members = slices.Delete(members, k, k+1)
			case 1:
				members = append(members, members[k])
			case 2:
				members[k] = strings.Replace(members[k], ":", pick(" : ", ": ", "  :"), 1)
			case 3:
				members[k] = strings.NewReplacer("x", pick("y", "x", "X"), "1", pick("1", "22", `"s"`), "log", pick("log", `l\"g`)).Replace(members[k])
			case 4:
				members[k] = fmt.Sprintf(`"new%d":{"id":%d}`, r.IntN(5), n)
			}
		}
		text := []byte("{" + strings.Join(members, pick(",", ",", ",", ", ")) + "}")
		if r.IntN(10) == 0 {
			text[r.IntN(len(text))] = pick(`"`, "}", ",", "x", "\x00")[0]
		}
		checkNext(t, text, &recs)
	}
	runs := 0
	for _, p := range recs[0].habit.places {
		runs += len(p.runs)
	}
	if runs == 0 {
		t.Error("no run was learned")
	}
}

// Members change as often as they do in logs, some always and some once a day:
// runs come, go, join and part.
func TestRunsOfALog(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		periods := make([]int, 24)
		for k := range periods {
			periods[k] = []int{1, 2, 7, 12, 30, 100, 1000, 1000}[r.IntN(8)]
		}
		var recs [2]Record
		for n := range 600 {
			k := 0
			value := func() int { k++; return n / periods[k-1] }
			text := fmt.Sprintf(`{"a0":%d,"type":"%d","id":"%d","a1":[],"a2":%d,"status":{"reason":"%d","errorCode":%d,"x":%d},`+
				`"list":[{"y":%d,"x":%d},{"y":%d,"x":%d}],"k`+"\x7f"+`":%d,"a3":%d,"deep":{"a":%d,"er":{"b":%d,"est":%d,"c":%d}},`+
				`"props":[{"Name":"UA","Value":"%d"},{"Name":"RequestType","Value":"%d"}],"a4":%d}`,
				value(), value(), value(), value(), value(), value(), value(), value(), value(), value(), value(), value(), value(),
				value(), value(), value(), value(), value(), value(), value())
			checkNext(t, []byte(text), &recs)
		}
	}
}

// A value that changes no more joins the run before it with the one behind it,
// and what is wanted of both must not get lost.
func TestRunsJoin(t *testing.T) {
	var recs [2]Record
	for n := range 40 * study {
		text := fmt.Sprintf(`{"z":1,"a":%d,"id":"x","status":{"errorCode":5},"z":[],"deep":{"er":{"est":%d}},"k":2}`, min(n/6, 9), n)
		checkNext(t, []byte(text), &recs)
	}
	first := recs[0].habit.places[firstPlace].runs[0].text
	if want := `{"z":1,"a":9,"id":"x","status":{"errorCode":5},"z":[],"deep":{"er":{"est":`; first != want {
		t.Errorf("records begin with the run %s, want %s", first, want)
	}
}

// FuzzHabit scans three texts with one record, often enough to become used to
// each.
func FuzzHabit(f *testing.F) {
	for i, text := range oracleTexts {
		f.Add([]byte(text), []byte(oracleTexts[(i+1)%len(oracleTexts)]), []byte(text))
	}
	f.Add([]byte(`{"list":[{"x":1}]}`), []byte(`{"list":[{"x":1},[{"x":2}]]}`), []byte(`{"list":[[{"x":1}]]}`))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		var recs [2]Record
		for _, text := range [][]byte{a, b, c} {
			checkNext(t, text, &recs)
			for range 3 * firstStudies {
				for k, f := range oracleFields {
					f.Scan(text, &recs[k])
				}
			}
			for _, other := range [][]byte{a, b, c} {
				checkNext(t, other, &recs)
			}
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, text := range oracleTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(check)
}

// The text a record gives must outlive the growth of its scratch.
func TestTextSurvivesScratchGrowth(t *testing.T) {
	var rec Record
	f := Compile(Config{}, "a", "b")
	long := strings.Repeat(`\n`, 5000)
	if err := f.Scan([]byte(`{"a":"x\ty","b":"`+long+`"}`), &rec); err != nil {
		t.Fatal(err)
	}
	if got := rec.Text(0); got != "x\ty" {
		t.Errorf("a = %q", got)
	}
	if got := len(rec.Text(1)); got != 5000 {
		t.Errorf("b has %d bytes", got)
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	text := []byte(`{"id":"plain","status":{"errorCode":1},"props":[{"Name":"UA","Value":"curl"}],"list":[{"x":"esc\taped"}]}`)
	var rec Record
	f := Compile(Config{AnyCase: true}, oraclePaths...)
	scan := func() {
		if err := f.Scan(text, &rec); err != nil || rec.Text(0) != "plain" {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(100, scan); n != 0 {
		t.Errorf("%v allocations per record", n)
	}
}

// Reasons are read by people who look for the damage.
func TestScanReasons(t *testing.T) {
	for text, want := range map[string]string{
		`  {"a" 1}`:       "byte 6 of the record: no colon after a key",
		`{"a":1,2}`:       "byte 8 of the record: no key",
		`{"a":01}`:        "byte 6 of the record: number begins with 0",
		"{\"a\":\"b\n\"}": "byte 8 of the record: control character in a string",
		`{"a":1} {}`:      "byte 9 of the record: text after the record",
		`{"a":1`:          "ends inside a record",
		`[1]`:             "byte 1 of the record: no object",
	} {
		err := Compile(Config{}, "a").Scan([]byte(text), new(Record))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestCompilePanics(t *testing.T) {
	for _, paths := range [][]string{
		{""}, {"a", "a"}, {"a..b"}, {"a[1]"}, {"é"}, {"a[N=x].v", "a[M=x].v"}, {"a[N=x]"}, {"a[N=x].v.w"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q compiles", paths)
				}
			}()
			Compile(Config{}, paths...)
		}()
	}
}

// Elements come one by one, up to the first that is no object.
func TestEach(t *testing.T) {
	f := Compile(Config{}, "n", `a\.b`)
	for text, want := range map[string]string{
		`[]`:                              "",
		`[{"n":1},{"n":2}]`:               "1 2 ",
		` [ {"n":1} , {"n":2,"a.b":3} ] `: "1 23 ",
		`[{"n":1},7,{"n":2}]`:             "1 ",
		`{"n":1}`:                         "",
		`[{"n":1},{"n":`:                  "1 ",
		`[{"n":1} {"n":2}]`:               "1 ",
		`[{"n":1},`:                       "1 ",
		`[`:                               "",
		``:                                "",
	} {
		got := ""
		for rec := range f.Each([]byte(text), new(Record)) {
			got += rec.Text(0) + rec.Text(1) + " "
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for range f.Each([]byte(`[{},{}]`), new(Record)) {
		break // a caller may stop
	}
}
