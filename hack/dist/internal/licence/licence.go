// Package licence finds the licences of a module and tells what kind they are.
package licence

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Text is a file that has to go with the code: a licence, or a notice that a
// licence asks to keep.
type Text struct {
	Name string // of the file, below its module, with slashes
	Data string
}

// kept matches the names of such files.
var kept = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|copyright)`)

// Collect returns the texts that apply to packages in the given folders of the
// module at root: those of each folder and of all above it.
func Collect(root string, dirs []string) ([]Text, error) {
	seen := map[string]bool{}
	var texts []Text
	for _, dir := range dirs {
		for ; !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
			found, err := inFolder(root, dir)
			if err != nil {
				return nil, err
			}
			texts = append(texts, found...)
			if dir == root {
				break
			}
		}
	}
	slices.SortFunc(texts, func(a, b Text) int { return strings.Compare(a.Name, b.Name) })
	return texts, nil
}

func inFolder(root, dir string) ([]Text, error) {
	below, err := filepath.Rel(root, dir)
	if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return nil, fmt.Errorf("%q is not a folder below %q", dir, root)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts []Text
	for _, e := range entries {
		if e.IsDir() || !kept.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, Text{Name: filepath.ToSlash(filepath.Join(below, e.Name())), Data: string(data)})
	}
	return texts, nil
}

// Identify returns the licences as an SPDX expression. A text that is a licence
// by its name but none that this project has met is an error: somebody has to
// read it and say whether it suits.
func Identify(texts []Text) (string, error) {
	all := map[string]bool{}
	for _, t := range texts {
		name := strings.ToLower(t.Name[strings.LastIndex(t.Name, "/")+1:])
		if strings.HasPrefix(name, "notice") || strings.HasPrefix(name, "patents") {
			continue
		}
		ids := identify(t.Data)
		if len(ids) == 0 {
			return "", fmt.Errorf("%s holds no licence that is known here", t.Name)
		}
		for _, id := range ids {
			all[id] = true
		}
	}
	if len(all) == 0 {
		return "", fmt.Errorf("no licence among %d files", len(texts))
	}
	ids := make([]string, 0, len(all))
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " AND "), nil
}

// identify looks for what each licence says and no other does.
func identify(text string) (ids []string) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	has := func(phrase string) bool { return strings.Contains(text, phrase) }
	if has("apache license, version 2.0") || has("apache license version 2.0") {
		ids = append(ids, "Apache-2.0")
	}
	if has("redistribution and use in source and binary forms") {
		if has("neither the name") {
			ids = append(ids, "BSD-3-Clause")
		} else {
			ids = append(ids, "BSD-2-Clause")
		}
	}
	if has("permission is hereby granted, free of charge, to any person") {
		ids = append(ids, "MIT")
	}
	if has("permission to use, copy, modify, and") && has("distribute this software for any purpose with or without fee") {
		ids = append(ids, "ISC")
	}
	return ids
}
