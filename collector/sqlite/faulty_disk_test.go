package sqlite

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// faultyDisk is a VFS between SQLite and the real disk. It can make operations fail, and it simulates a power cut: of what was written to a
// file since its last sync, any part may be left.
type faultyDisk struct {
	vfs.VFS
	mu    sync.Mutex
	files map[string]*fileState
	// before is called before each operation that changes a file, and can make it fail.
	before func(operation, suffix string) error
}

// fileState is a file as of its last sync, and the changes since.
type fileState struct {
	synced  []byte
	pending []change
}

// change is a write, or a truncation if data is nil.
type change struct {
	at   int64
	data []byte
}

const sector = 512

func newFaultyDisk(name string) *faultyDisk {
	d := &faultyDisk{VFS: vfs.Find(""), files: map[string]*fileState{}, before: func(string, string) error { return nil }}
	vfs.Register(name, d)
	return d
}

func (d *faultyDisk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, flags, err := vfsutil.WrapOpenFilename(d.VFS, name, flags)
	if err != nil || name == nil {
		return file, flags, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[name.String()] == nil {
		existing, err := os.ReadFile(name.String())
		if err != nil {
			return nil, flags, err
		}
		d.files[name.String()] = &fileState{synced: existing}
	}
	return &diskFile{file, d, d.files[name.String()], suffixOf(name.String())}, flags, nil
}

func (d *faultyDisk) Delete(name string, syncDir bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.files, name)
	return d.VFS.Delete(name, syncDir)
}

// suffixOf returns "-wal" for the log and "" for the database.
func suffixOf(path string) string {
	if len(path) > 4 && path[len(path)-4:] == "-wal" {
		return "-wal"
	}
	return ""
}

// simulatePowerCut writes into a folder what a power cut now would leave. The caller holds mu, as before does.
func (d *faultyDisk) simulatePowerCut(folder string, random *rand.Rand) error {
	for path, file := range d.files {
		remaining := append([]byte(nil), file.synced...)
		for _, c := range file.pending {
			remaining = c.apply(remaining, func() bool { return random.IntN(2) == 0 })
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), remaining, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// apply applies those sectors of a change that chosen selects.
func (c change) apply(to []byte, chosen func() bool) []byte {
	if c.data == nil {
		if chosen() && int64(len(to)) > c.at {
			to = to[:c.at]
		}
		return to
	}
	for i := 0; i < len(c.data); i += sector {
		if !chosen() {
			continue
		}
		part := c.data[i:min(i+sector, len(c.data))]
		start := int(c.at) + i
		if missing := start + len(part) - len(to); missing > 0 {
			to = append(to, make([]byte, missing)...)
		}
		copy(to[start:], part)
	}
	return to
}

type diskFile struct {
	vfs.File
	disk   *faultyDisk
	state  *fileState
	suffix string
}

func (f *diskFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

func (f *diskFile) WriteAt(p []byte, off int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.before("write", f.suffix); err != nil {
		return 0, err
	}
	f.state.pending = append(f.state.pending, change{off, append([]byte{}, p...)})
	return f.File.WriteAt(p, off)
}

func (f *diskFile) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.before("truncate", f.suffix); err != nil {
		return err
	}
	f.state.pending = append(f.state.pending, change{at: size})
	return f.File.Truncate(size)
}

func (f *diskFile) Sync(vfs.SyncFlag) error { // The real disk is not synced: its power is not cut.
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.before("sync", f.suffix); err != nil {
		return err
	}
	for _, c := range f.state.pending {
		f.state.synced = c.apply(f.state.synced, func() bool { return true })
	}
	f.state.pending = nil
	return nil
}
