package licence_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/licence"
)

func TestCollectTakesTheFoldersOfPackagesAndAllAbove(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{
		"LICENSE", "README.md", "licence.go", "used/NOTICE", "used/deep/COPYING.txt", "used/deep/code.go",
		"unused/LICENSE", "LICENSES/MIT.txt",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := licence.Collect(root, []string{filepath.Join(root, "used", "deep"), filepath.Join(root, "used"), root})
	if err != nil {
		t.Fatal(err)
	}
	want := []licence.Text{{Name: "LICENSE", Data: "LICENSE"}, {Name: "used/NOTICE", Data: "used/NOTICE"}, {Name: "used/deep/COPYING.txt", Data: "used/deep/COPYING.txt"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := licence.Collect(filepath.Join(root, "used"), []string{root}); err == nil {
		t.Error("a folder outside the module was accepted")
	}
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	const (
		apache = "Licensed under the Apache License,\n  Version 2.0 (the \"License\")"
		mit    = "Permission is hereby granted, free of charge, to any person obtaining a copy"
		bsd2   = "Redistribution and use in source and binary forms, with or without modification"
		bsd3   = bsd2 + "\n * Neither the name of the author nor"
		isc    = "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is hereby granted"
	)
	for want, texts := range map[string][]licence.Text{
		"Apache-2.0":         {{Name: "LICENSE", Data: apache}, {Name: "NOTICE", Data: "by us"}, {Name: "PATENTS", Data: "go ahead"}},
		"MIT":                {{Name: "LICENSE", Data: mit}},
		"BSD-2-Clause":       {{Name: "LICENSE", Data: bsd2}},
		"BSD-3-Clause":       {{Name: "LICENSE", Data: bsd3}},
		"ISC":                {{Name: "COPYING", Data: isc}},
		"Apache-2.0 AND MIT": {{Name: "LICENSE", Data: mit + "\n\n" + apache}},
		"BSD-3-Clause AND MIT": {
			{Name: "LICENSE", Data: mit}, {Name: "third_party/LICENSE", Data: bsd3},
		},
	} {
		if got, err := licence.Identify(texts); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	for name, texts := range map[string][]licence.Text{
		"none":           nil,
		"a notice alone": {{Name: "NOTICE", Data: mit}},
		"a strange one":  {{Name: "LICENSE", Data: mit}, {Name: "x/LICENSE", Data: "You may run this on Sundays."}},
	} {
		if got, err := licence.Identify(texts); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
}

func TestNoticesHaveEveryTextOnce(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := licence.WriteNotices(&b, "program", []licence.Component{
		{Name: "a", Version: "v1", Texts: []licence.Text{{Name: "LICENSE", Data: "the same text\r\n"}}},
		{Name: "b", Version: "v2", Texts: []licence.Text{{Name: "LICENSE.txt", Data: "the same text\n"}, {Name: "NOTICE", Data: "a notice"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{"a v1 (LICENSE)\nb v2 (LICENSE.txt)\n---", "b v2 (NOTICE)\n---", "\n\na notice\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "the same text"); n != 1 {
		t.Errorf("a text that two share is there %d times", n)
	}
}
