package kubeconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// maxLinks is how many links a path may take, as the kernel counts them.
const maxLinks = 40

// resolveLinks follows the links from path to the file itself, which need not
// exist, and returns that file.
func resolveLinks(path string) (string, error) {
	named := path
	for range maxLinks {
		dest, err := os.Readlink(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return path, nil
		}
		if err != nil {
			if info, statErr := os.Lstat(path); statErr == nil && info.Mode()&fs.ModeSymlink == 0 {
				return path, nil
			}
			return "", fmt.Errorf("reading kubeconfig %q: %w", path, atomicfile.Cause(err))
		}
		path = followLink(path, dest)
	}
	return "", clierr.Errorf("point the link at a file, or remove it", "the kubeconfig %q is a link that leads to itself", named)
}

// followLink returns where a link at path with the text dest leads. It goes by the
// folders, not by the text: a/.. is not the folder that holds a when a is a link.
func followLink(path, dest string) string {
	if !filepath.IsAbs(dest) {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			dir = filepath.Dir(path)
		}
		dest = dir + string(filepath.Separator) + dest
	}
	folder, base := filepath.Split(dest)
	if dir, err := filepath.EvalSymlinks(folder); err == nil {
		return filepath.Join(dir, base)
	}
	return filepath.Clean(dest)
}

// content is what a file held when it was read, and what identifies it.
type content struct {
	data []byte      // nil: no such file
	info fs.FileInfo // nil: no such file
}

// readContent returns what a file holds. Only a plain file is read; a file that is
// not there is no error.
func readContent(path string) (content, error) {
	info, err := statPatiently(path)
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, nil
	}
	if err != nil {
		return content{}, fmt.Errorf("reading kubeconfig %q: %w", path, err)
	}
	switch {
	case info.IsDir():
		return content{}, clierr.Errorf("move the folder away, or name a file with --kubeconfig", "the kubeconfig %q is a folder", path)
	case !info.Mode().IsRegular():
		return content{}, clierr.Errorf("name a plain file with --kubeconfig", "the kubeconfig %q is not a plain file", path)
	}
	f, err := openPatiently(path, os.O_RDONLY)
	if err != nil {
		return content{}, fmt.Errorf("reading kubeconfig %q: %w", path, err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return content{}, fmt.Errorf("reading kubeconfig %q: %w", path, err)
	}
	data := make([]byte, info.Size(), info.Size()+1)
	if _, err := io.ReadFull(f, data); err != nil {
		return content{}, fmt.Errorf("reading kubeconfig %q: it changed meanwhile: %w", path, err)
	}
	return content{data: data, info: info}, nil
}

// isUnchanged reports whether the file at path is still the one that was read.
func (c content) isUnchanged(path string) bool {
	info, err := statPatiently(path)
	if c.info == nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return err == nil && os.SameFile(info, c.info) && info.Size() == c.info.Size() && info.ModTime().Equal(c.info.ModTime())
}

// openPatiently opens a file, waiting for a program that has it open and does
// not share it.
func openPatiently(path string, flag int) (f *os.File, err error) {
	err = atomicfile.RetryWhileBusy(func() error {
		f, err = os.OpenFile(path, flag, 0)
		return err
	})
	return f, err
}

// statPatiently returns what is known of a file, waiting for a program that keeps
// it closed.
func statPatiently(path string) (info fs.FileInfo, err error) {
	err = atomicfile.RetryWhileBusy(func() error {
		info, err = os.Stat(path)
		return err
	})
	return info, err
}

// writable reports whether an existing file may be opened for writing.
func writable(path string) bool {
	f, err := openPatiently(path, os.O_WRONLY)
	if err != nil {
		return false
	}
	f.Close()
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o200 != 0
}

// readDocument reads the kubeconfig at path, nil when there is none. It takes no
// lock, and kubectl writes in place: what is half there now may be whole a moment
// later, so an error is tried again.
func readDocument(path string) (d *document, err error) {
	for range 6 {
		if d, err = readOnce(path); err == nil {
			return d, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}

func readOnce(path string) (*document, error) {
	target, err := resolveLinks(path)
	if err != nil {
		return nil, err
	}
	c, err := readContent(target)
	if err != nil || c.data == nil {
		return nil, err
	}
	d, err := openDocument(c.data)
	return d, aboutFile(path, err)
}

// aboutFile adds to an error which file it is about.
func aboutFile(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("kubeconfig %q: %w", path, err)
}
