package lab

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
)

// archive makes a cpio archive in the format that the kernel unpacks at start
// (newc; see cpio(5)). The folders of the files are made, too.
func archive(files map[string][]byte) []byte {
	const folder, program, device = 0o040755, 0o100755, 0o020600
	var b bytes.Buffer
	made := map[string]bool{"/": true}
	n := 0
	put := func(name string, mode, major, minor int, data []byte) {
		n++
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			n, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name)+1, 0, name)
		pad(&b)
		b.Write(data)
		pad(&b)
	}
	var mkdir func(name string)
	mkdir = func(name string) {
		if !made[name] {
			made[name] = true
			mkdir(path.Dir(name))
			put(name[1:], folder, 0, 0, nil)
		}
	}
	mkdir("/dev")
	put("dev/console", device, 5, 1, nil) // the first process's streams
	for _, name := range slices.Sorted(maps.Keys(files)) {
		mkdir(path.Dir(name))
		put(name[1:], program, 0, 0, files[name])
	}
	put("TRAILER!!!", 0, 0, 0, nil)
	return b.Bytes()
}

func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
