package main_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sqliteFile creates a database file by executing SQL.
func sqliteFile(t *testing.T, sql string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.db")
	conn, err := sqlite3.Open(path)
	require.NoError(t, err)
	require.NoError(t, conn.Exec(sql))
	require.NoError(t, conn.Close())
	return path
}

// A collector that cannot work says why when it starts, in one line, and leaves existing files as they are.
func TestStartFails(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600))
	blank := filepath.Join(folder, "blank")
	require.NoError(t, os.WriteFile(blank, []byte(" \n"), 0o600))
	foreign := sqliteFile(t, "CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 3")
	newer := sqliteFile(t, "PRAGMA application_id = 0x5468726c; PRAGMA user_version = 99")
	fresh := filepath.Join(folder, "fresh.db")
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"all interfaces without a key", []string{"--addr", "0.0.0.0:0", "--db", fresh}, "reading needs a key: start with --read-key"},
		{"all interfaces, IPv6", []string{"--addr", "[::]:0", "--db", fresh}, "reading needs a key"},
		{"no host", []string{"--addr", ":0", "--db", fresh}, "reading needs a key"},
		{"an address that is none", []string{"--addr", "nowhere", "--db", fresh}, "listen: "},
		{"a file that is no database", []string{"--db", text}, "file is not a database"},
		{"another program's database", []string{"--db", foreign}, "it is a SQLite database of another program"},
		{"a newer collector's database", []string{"--db", newer}, "it was written by a newer one"},
		{"a folder that is not there", []string{"--db", filepath.Join(folder, "no", "events.db")}, "open " + filepath.Join(folder, "no", "events.db")},
		{"a folder", []string{"--db", folder}, "open " + folder},
		{"a flag that is none", []string{"--dbb", fresh}, "flag provided but not defined"},
		{"too little memory", []string{"--db", fresh, "--memory", "64M"}, "64M of memory are too little: the collector needs 192M"},
		{"memory that is no number", []string{"--db", fresh, "--memory", "lots"}, "it must be a number of bytes, such as 512M or 2G"},
		{"tokens that are none", []string{"--db", fresh, "--tokens", ","}, "--tokens: no token is in it"},
		{"tokens in a file that is not there", []string{"--db", fresh, "--tokens", "@nowhere.txt"}, "--tokens: read the tokens: stat nowhere.txt"},
		{"a secret that is too short", []string{"--db", fresh, "--tokens", "a:b"}, "--tokens: line 1: a secret must have at least 8 bytes"},
		{"proxies that are none", []string{"--db", fresh, "--trusted-proxies", "proxy.example"}, "--trusted-proxies: it must be a list of addresses or networks"},
		{"a rate that is none", []string{"--db", fresh, "--rate-per-address", "fast"}, "it must be off, or a number a second"},
		{"alias answers of a third kind", []string{"--db", fresh, "--alias-answers", "maybe"}, `--alias-answers: "maybe" is neither on nor off`},
		{"a retention that is none", []string{"--db", fresh, "--retention", "30"}, `--retention: "30" is no number of days`},
		{"a check before the last one", []string{"--db", fresh, "--check-interval", "-1h"}, "--check-interval: -1h0m0s is less than nothing"},
		{"a check without a unit", []string{"--db", fresh, "--check-interval", "12"}, `"12" for flag -check-interval: it must be a time with its unit, such as 5s or 12h`},
		{"a drain without a unit", []string{"--db", fresh, "--drain", "5"}, `"5" for flag -drain: it must be a time with its unit`},
		{"a drain before the signal", []string{"--db", fresh, "--drain", "-5s"}, "--drain: -5s is less than nothing"},
		{"a site that is not there", []string{"--db", fresh, "--site", filepath.Join(folder, "dist")}, "--site: stat " + filepath.Join(folder, "dist")},
		{"a site that is a file", []string{"--db", fresh, "--site", text}, "--site: " + text + " is no folder"},
		{"a key in a file that is not there", []string{"--db", fresh, "--read-key", "@nowhere"}, "--read-key: read the key: open nowhere"},
		{"a key in an empty file", []string{"--db", fresh, "--read-key", "@" + blank}, "--read-key: read the key: " + blank + " is empty"},
		{"a key in a file of many lines", []string{"--db", fresh, "--read-key", "@" + text}, "must have one line, which is the key"},
		{"a key that came out empty", []string{"--db", fresh, "--read-key", ""}, "--read-key: it is empty"},
		{"tokens that came out empty", []string{"--db", fresh, "--tokens", " "}, "--tokens: it is empty"},
		{"a word too many for check", []string{"check", fresh}, "means nothing here: everything is said with flags"},
		{"a word too many", []string{"--db", fresh, "serve"}, `"serve" means nothing here`},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := readFiles(t, text, foreign, newer)
			requireStartFails(t, test.want, test.args...)
			assert.Equal(t, before, readFiles(t, text, foreign, newer))
			assert.NoFileExists(t, fresh)
		})
	}
}

// requireStartFails requires that the program exits at once and says why.
func requireStartFails(t *testing.T, why string, args ...string) {
	t.Helper()
	cmd := command(args...)
	started := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() }) // It runs, although it should not.
	output, err := cmd.CombinedOutput()
	started.Stop()
	require.Error(t, err, "%s", output)
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
	assert.Contains(t, string(output), why)
	assert.NotContains(t, string(output), "goroutine ")
	assert.LessOrEqual(t, strings.Count(string(output), "\n"), 1, "one line: %s", output)
}

func readFiles(t *testing.T, paths ...string) (contents []string) {
	t.Helper()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		contents = append(contents, string(content))
	}
	return contents
}

func TestStartsWithAKey(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "events.db"), "--addr", "0.0.0.0:0", "--read-key", "k")
	p.terminate()
	assert.NotContains(t, p.log.String(), "error")
}

var flagName = regexp.MustCompile("(?m)^(?:  -|\\| `--)([a-z-]+)")

// flagsIn returns the names of the flags that begin a line of the help, or a row of the table in the documentation.
func flagsIn(text []byte) (names []string) {
	for _, found := range flagName.FindAllSubmatch(text, -1) {
		names = append(names, string(found[1]))
	}
	return names
}

func TestHelp(t *testing.T) {
	cmd := exec.Command(binary, "--help")
	cmd.Env = append(os.Environ(), "THROUGHLINE_READ_KEY=hush-key", "THROUGHLINE_TOKENS=abc:hush-secret")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err)
	documented, err := os.ReadFile("../docs/collector.md")
	require.NoError(t, err)
	assert.Contains(t, flagsIn(output), "trusted-proxies")
	assert.ElementsMatch(t, flagsIn(output), flagsIn(documented), "the documentation has every flag, and no other")
	assert.Contains(t, string(output), "throughline-collector check [--db file]")
	assert.NotContains(t, string(output), "hush")
}

// A key in a file is seen neither in the list of processes nor in the environment.
func TestReadKeyInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "read-key")
	require.NoError(t, os.WriteFile(file, []byte("k+ey/of=sixteen\r\n"), 0o600))
	for name, cmd := range map[string]*exec.Cmd{
		"flag":        command("--db", filepath.Join(t.TempDir(), "events.db"), "--read-key", "@"+file),
		"environment": command("--db", filepath.Join(t.TempDir(), "events.db")),
	} {
		if name == "environment" {
			cmd.Env = append(cmd.Env, "THROUGHLINE_READ_KEY=@"+file)
		}
		p, c := startCommand(t, cmd), client(t)
		for key, want := range map[string]int{"k+ey/of=sixteen": 200, "@" + file: 401} {
			status, _ := ask(t, c, http.MethodGet, p.url+"/api/events?token=t", "", "Authorization", "Bearer "+key)
			assert.Equal(t, want, status, "%s: %s", name, key)
		}
		p.terminate()
		assert.NotContains(t, p.log.String(), "key is short")
	}
}

// The start says who can read, because a proxy in front may change that, and whether there is a Live View to read in.
func TestStartSaysWhoMayRead(t *testing.T) {
	site := t.TempDir()
	for name, test := range map[string]struct {
		key        string
		args       []string
		first      string
		want, hint string
	}{
		"no key":           {"", nil, "without Live View", "Behind a proxy, set --read-key", ""},
		"a key":            {"a-key-of-sixteen", nil, "without Live View", "Reading: whoever has the key", ""},
		"a short key":      {"k", nil, "without Live View", "Reading: whoever has the key", "the read key is short"},
		"a site":           {"", []string{"--site", site}, "Live View and demo: ", "Behind a proxy, set --read-key", ""},
		"a proxy, no key":  {"", []string{"--trusted-proxies", "127.0.0.1"}, "without Live View", "nobody through the proxy, unless you set --read-key", ""},
		"a proxy, and key": {"a-key-of-sixteen", []string{"--trusted-proxies", "127.0.0.1"}, "without Live View", "Reading: whoever has the key", ""},
	} {
		cmd := command(append([]string{"--db", filepath.Join(t.TempDir(), "events.db")}, test.args...)...)
		cmd.Env = append(cmd.Env, "THROUGHLINE_READ_KEY="+test.key)
		p := startCommand(t, cmd)
		p.terminate()
		assert.Contains(t, p.firstLine, test.first, name)
		assert.Contains(t, p.out.String(), test.want, name)
		if test.hint == "" {
			assert.NotContains(t, p.log.String(), "WARN", name)
		} else {
			assert.Contains(t, p.log.String(), test.hint, name)
		}
	}
}

// Characters that have a meaning in a URI are ordinary characters in the name of the database file.
func TestDatabasePathsWithURICharacters(t *testing.T) {
	c := client(t)
	for _, name := range []string{"what?.db", "50%20.db", "a#b.db", "mode=memory&x.db", "sp ace.db", "ünï.db", "file:x.db"} {
		db := filepath.Join(t.TempDir(), name)
		p := start(t, db)
		a, ok := post(c, p.url, eventJSON("i", ""))
		require.True(t, ok)
		require.Equal(t, accepted, a)
		p.terminate()
		assert.FileExists(t, db)
		requireOnce(t, storedCounts(t, db), []string{"i"})
	}
}

// A read-only database is refused at the start, rather than every event later.
func TestReadOnlyDatabase(t *testing.T) {
	folder := t.TempDir()
	db := filepath.Join(folder, "events.db")
	start(t, db).terminate()
	require.NoError(t, os.Chmod(db, 0o444))
	cmd := command("--db", db)
	if os.Geteuid() == 0 { // File permissions do not restrict root, so the program runs as nobody.
		for path := folder; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
			require.NoError(t, os.Chmod(path, 0o755))
		}
		require.NoError(t, os.Chmod(folder, 0o777))
		require.NoError(t, os.Chmod(filepath.Dir(binary), 0o755))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	output, err := cmd.CombinedOutput()
	require.Error(t, err, "%s", output)
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
	assert.Equal(t, 1, strings.Count(string(output), "\n"), "%s", output)
	assert.Contains(t, string(output), "open "+db)
	t.Logf("%s", output)
	assert.Empty(t, storedCounts(t, db))
}

// Check says whether a database is whole.
func TestCheck(t *testing.T) {
	whole := sqliteFile(t, "CREATE TABLE numbers (n); INSERT INTO numbers VALUES (1)")
	out, err := exec.Command(binary, "check", "--db", whole).CombinedOutput()
	require.NoError(t, err)
	assert.Equal(t, "no damage was found in "+whole+"\n", string(out))

	text := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600))
	for path, want := range map[string]string{text: "the database is damaged", text + ".db": "unable to open database file"} {
		cmd := exec.Command(binary, "check", "--db", path)
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		assert.Equal(t, 1, cmd.ProcessState.ExitCode())
		assert.Contains(t, string(out), want)
	}
	assert.NoFileExists(t, text+".db")
}
