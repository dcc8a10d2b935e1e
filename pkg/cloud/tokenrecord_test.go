package cloud

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecordSurvivesTheCache(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Round(time.Second)
	want := &tokenRecord{
		Version: tokenRecordVersion, Token: "t", Issued: now, Expires: now.Add(time.Hour), Origin: "o", User: User{Name: "line\nbreak"},
		Project: Project{ID: "p"}, Roles: []string{"member"}, AuthURL: "http://a", CACert: "/ca", Key: "k", catalog: []byte("[{}]\n"),
	}
	data, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, decodeTokenRecord(data), cmp.AllowUnexported(tokenRecord{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	older := bytes.Replace(data, []byte(`"version":1`), []byte(`"version":0`), 1)
	if decodeTokenRecord(older) != nil {
		t.Error("a record of another version is used")
	}
}

// FuzzDecodeRecord: whatever lies in the cache, it is either a record or a
// reason to sign in again.
func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(`{"version":1,"token":"t","expires":"2026-01-01T00:00:00Z"}` + "\n[]"))
	f.Add([]byte("{}\n\n"))
	f.Add([]byte(`{"version":1,"roles":null}` + "\n" + `[{"type":"x","endpoints":[{"interface":"public","url":"%"}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := decodeTokenRecord(data)
		if r == nil {
			return
		}
		s := &Session{c: &Cloud{opts: Options{}.withDefaults(), net: new(network), id: r.identity()}, rec: r}
		s.c.id.Interface = "public"
		if sc, err := s.Service("container-infra"); (sc == nil) == (err == nil) {
			t.Errorf("client %v, error %v", sc, err)
		}
		_ = s.Region()
	})
}
