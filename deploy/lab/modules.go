package lab

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// modules are a kernel's modules, by name: their files.
type modules map[string]string

// findModules lists the modules in a folder.
func findModules(dir string) (modules, error) {
	m := modules{}
	err := filepath.WalkDir(dir, func(file string, _ fs.DirEntry, err error) error {
		if name, ok := strings.CutSuffix(filepath.Base(file), ".ko"); ok {
			m[plain(name)] = file
		}
		return err
	})
	return m, err
}

// plain is a module's name as the kernel compares it.
func plain(name string) string { return strings.ReplaceAll(name, "-", "_") }

// load reads the modules with these names, and those that they depend on, as
// files for the archive; the file /lab/modules has their order.
func (m modules) load(names []string) (map[string][]byte, error) {
	files := map[string][]byte{}
	var order []string
	var add func(name string) error
	add = func(name string) error {
		to := "/lab/" + plain(name) + ".ko"
		if _, ok := files[to]; ok {
			return nil
		}
		file, ok := m[plain(name)]
		if !ok {
			return fmt.Errorf("the kernel has no module %s", name)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		files[to] = raw
		needed, err := dependencies(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, n := range needed {
			if err := add(n); err != nil {
				return err
			}
		}
		order = append(order, to)
		return nil
	}
	for _, name := range names {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	out := maps.Clone(files)
	out["/lab/modules"] = []byte(strings.Join(order, "\n") + "\n")
	return out, nil
}

// dependencies are the modules that a module names as its own.
func dependencies(module []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		return nil, err
	}
	info := f.Section(".modinfo")
	if info == nil {
		return nil, fmt.Errorf("no section .modinfo")
	}
	raw, err := info.Data()
	if err != nil {
		return nil, err
	}
	for field := range bytes.SplitSeq(raw, []byte{0}) {
		if list, ok := bytes.CutPrefix(field, []byte("depends=")); ok {
			names := strings.Split(string(list), ",")
			return slices.DeleteFunc(names, func(s string) bool { return s == "" }), nil
		}
	}
	return nil, nil
}
