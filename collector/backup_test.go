package main_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// collector runs a command of the program, and returns what it prints and whether it ended with 0.
func collector(t *testing.T, args ...string) (output string, ok bool) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		assert.Equal(t, 1, cmd.ProcessState.ExitCode(), "%s", text)
		assert.LessOrEqual(t, strings.Count(string(text), "\n"), 1, "one line: %s", text)
	}
	return string(text), err == nil
}

// A backup that is made while clients send has every event that was acknowledged before it began, and is whole.
func TestBackupWhileClientsSend(t *testing.T) {
	folder := t.TempDir()
	db := filepath.Join(folder, "events.db")
	p, c := start(t, db), client(t)
	stop := make(chan struct{})
	var acknowledged sync.Map
	var senders sync.WaitGroup
	for sender := range 4 {
		senders.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprint(sender, "-", i)
				if a, ok := post(c, p.url, eventJSON(id, "")); ok && a == accepted {
					acknowledged.Store(id, true)
				}
			}
		})
	}
	defer func() { close(stop); senders.Wait() }()
	for round := range 3 {
		var before []string
		require.Eventually(t, func() bool {
			before = nil
			acknowledged.Range(func(id, _ any) bool { before = append(before, id.(string)); return true })
			return len(before) > 20*(round+1)
		}, 30*1e9, 1e6)
		file := filepath.Join(folder, fmt.Sprint("backup", round, ".db"))
		args := []string{"backup", file, "--db", db}
		if round == 1 {
			args = []string{"backup", "--db", db, file} // The order does not matter.
		}
		output, ok := collector(t, args...)
		require.True(t, ok, output)
		assert.Contains(t, output, file+" is a backup of "+db)
		counts := storedCounts(t, file)
		for _, id := range before {
			require.Equal(t, 1, counts[id], "%s was acknowledged before the backup", id)
		}
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		again, ok := collector(t, args...)
		assert.False(t, ok)
		assert.Contains(t, again, "the file exists")
		assert.Equal(t, counts, storedCounts(t, file), "a backup is not overwritten")
	}
	leftovers, err := filepath.Glob(filepath.Join(folder, "backup*"))
	require.NoError(t, err)
	for _, name := range leftovers {
		assert.Regexp(t, `backup\d\.db$`, name, "one file each")
	}
}

// A backup is restored in place of the database, which is kept; what came after the backup is in that.
func TestRestore(t *testing.T) {
	folder := t.TempDir()
	db, file := filepath.Join(folder, "events.db"), filepath.Join(folder, "backup.db")
	p, c := start(t, db), client(t)
	status, _ := ask(t, c, http.MethodPost, p.url+"/track", "["+eventJSON("first", "")+"]")
	require.Equal(t, http.StatusOK, status)
	output, ok := collector(t, "backup", file, "--db", db)
	require.True(t, ok, output)
	status, _ = ask(t, c, http.MethodPost, p.url+"/track", "["+eventJSON("second", "")+"]")
	require.Equal(t, http.StatusOK, status)

	output, ok = collector(t, "restore", file, "--db", db)
	assert.False(t, ok)
	assert.Contains(t, output, "another collector is using this database")
	p.kill() // The log is left as it is.
	assert.FileExists(t, db+"-wal")

	output, ok = collector(t, "restore", file, "--db", db)
	require.True(t, ok, output)
	requireOnce(t, storedCounts(t, db), []string{"first"})
	kept, err := filepath.Glob(db + ".before-restore-*")
	require.NoError(t, err)
	require.Len(t, kept, 1)
	assert.Contains(t, output, kept[0])
	requireOnce(t, storedCounts(t, kept[0]), []string{"first", "second"})

	p = start(t, db)
	status, _ = ask(t, c, http.MethodPost, p.url+"/track", "["+eventJSON("third", "")+"]")
	require.Equal(t, http.StatusOK, status)
	p.terminate()
	requireOnce(t, storedCounts(t, db), []string{"first", "third"})
}

// Onto an empty machine a backup is restored as well, and the backup stays as it was.
func TestRestoreOntoNothing(t *testing.T) {
	folder := t.TempDir()
	db, file, other := filepath.Join(folder, "events.db"), filepath.Join(folder, "backup.db"), filepath.Join(folder, "other.db")
	p := start(t, db)
	a, ok := post(client(t), p.url, eventJSON("i", ""))
	require.True(t, ok)
	require.Equal(t, accepted, a)
	p.terminate()
	output, ok := collector(t, "backup", file, "--db", db)
	require.True(t, ok, output)
	before := readFiles(t, file)
	output, ok = collector(t, "restore", file, "--db", other)
	require.True(t, ok, output)
	assert.NotContains(t, output, "kept")
	requireOnce(t, storedCounts(t, other), []string{"i"})
	assert.Equal(t, before, readFiles(t, file))
	info, err := os.Stat(other)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// What is no whole backup of a collector is refused, and the database stays as it was, with nothing new beside it.
func TestRestoreRefuses(t *testing.T) {
	folder := t.TempDir()
	db, good := filepath.Join(folder, "events.db"), filepath.Join(folder, "good.db")
	p, c := start(t, db), client(t)
	for i := range 50 {
		status, _ := ask(t, c, http.MethodPost, p.url+"/track", "["+strings.Repeat(eventJSON(fmt.Sprint("i", i), "")+",", 20)+eventJSON("last", "")+"]")
		require.Equal(t, http.StatusOK, status)
	}
	p.terminate()
	output, ok := collector(t, "backup", good, "--db", db)
	require.True(t, ok, output)
	whole, err := os.ReadFile(good)
	require.NoError(t, err)
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	torn := append([]byte{}, whole...)
	for i := 8192*2 + 100; i < 8192*4; i++ {
		torn[i] ^= 0x5a
	}
	empty := filepath.Join(folder, "empty.db")
	conn, err := sqlite3.Open(empty)
	require.NoError(t, err)
	require.NoError(t, conn.Exec("VACUUM"))
	require.NoError(t, conn.Close())
	before := readFiles(t, db)
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	for name, test := range map[string]struct{ file, db, want string }{
		"half a file":               {write("half.db", whole[:len(whole)/2]), db, "damaged"},
		"damaged pages":             {write("torn.db", torn), db, "damaged"},
		"a text":                    {write("notes.txt", []byte(strings.Repeat("notes\n", 1000))), db, "damaged"},
		"an empty file":             {write("zero.db", nil), db, "the database is empty"},
		"an empty database":         {empty, db, "the database is empty"},
		"another program's":         {sqliteFile(t, "CREATE TABLE bookmarks (url TEXT)"), db, "another program"},
		"a newer collector's":       {sqliteFile(t, "PRAGMA application_id = 0x5468726c; PRAGMA user_version = 99; CREATE TABLE x (y)"), db, "written by a newer one"},
		"a file that is not there":  {filepath.Join(folder, "none.db"), db, "no such file"},
		"itself":                    {db, db, "the backup is the database itself"},
		"into PostgreSQL":           {good, "postgres://me:hush@host/db", "SQLite's files only"},
		"into another program's":    {good, sqliteFile(t, "CREATE TABLE bookmarks (url TEXT)"), "another program"},
		"into a folder that is not": {good, filepath.Join(folder, "no", "events.db"), "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			target := readIfThere(test.db)
			output, ok := collector(t, "restore", test.file, "--db", test.db)
			assert.False(t, ok, output)
			assert.Contains(t, output, test.want)
			assert.NotContains(t, output, "hush")
			assert.Equal(t, target, readIfThere(test.db))
		})
	}
	assert.Equal(t, before, readFiles(t, db))
	after, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, f := range after {
		assert.NotContains(t, f.Name(), "partial")
		assert.NotContains(t, f.Name(), "before-restore")
	}
	assert.GreaterOrEqual(t, len(after), len(files))
	for args, want := range map[string]string{"backup": "name the file", "restore": "name the file", "backup a b": `"b" means nothing here`, "backup --dbb x y": "flag provided but not defined"} {
		output, ok := collector(t, strings.Fields(args)...)
		assert.False(t, ok)
		assert.Contains(t, output, want, args)
	}
}

func readIfThere(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "none"
	}
	return string(content)
}

// A damaged database gives way to a backup, and is kept with its log.
func TestRestoreOverADamagedDatabase(t *testing.T) {
	folder := t.TempDir()
	db, file := filepath.Join(folder, "events.db"), filepath.Join(folder, "backup.db")
	p := start(t, db)
	a, ok := post(client(t), p.url, eventJSON("i", ""))
	require.True(t, ok)
	require.Equal(t, accepted, a)
	output, ok := collector(t, "backup", file, "--db", db)
	require.True(t, ok, output)
	p.kill()
	damage := []byte(strings.Repeat("damage", 20_000))
	require.NoError(t, os.WriteFile(db, damage, 0o600))
	require.NoError(t, os.WriteFile(db+"-wal", []byte("half a log"), 0o600))
	output, ok = collector(t, "restore", file, "--db", db)
	require.True(t, ok, output)
	requireOnce(t, storedCounts(t, db), []string{"i"})
	kept, err := filepath.Glob(db + ".before-restore-*")
	require.NoError(t, err)
	require.Len(t, kept, 2, "the file and its log")
	assert.Equal(t, []string{string(damage), "half a log"}, readFiles(t, kept...))
	start(t, db).terminate()
}

// Whether a collector is ready can be asked by the program itself, as a container without a shell has to.
func TestHealth(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "e.db"))
	output, ok := collector(t, "health", "--addr", p.addr)
	assert.True(t, ok, output)
	assert.Equal(t, "ready\n", output)
	_, port, _ := strings.Cut(p.addr, ":")
	cmd := withEnvironment([]string{"THROUGHLINE_ADDR=0.0.0.0:" + port}, "health")
	text, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s", text)
	p.terminate()
	output, ok = collector(t, "health", "--addr", p.addr)
	assert.False(t, ok)
	assert.Contains(t, output, "not ready")
}
