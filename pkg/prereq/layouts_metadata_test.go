package prereq_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// metadataPlace makes a virtual environment whose site folder fill fills.
func metadataPlace(t *testing.T, py interpreter, dir string, fill func(site string)) place {
	t.Helper()
	fill(py.venv(t, dir))
	return place{
		openstack: script(t, filepath.Join(dir, "bin/openstack"), filepath.Join(dir, "bin/python")),
		environ:   environment(dir),
	}
}

func notInstalled(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		distInfo(t, site, "python_openstackclient", "6.0.0")
		distInfo(t, site, "python_magnumclient_ui", "9.0.0")
		distInfo(t, site, "magnumclient", "9.0.0")
	})
}

func noVersion(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "python_magnumclient-4.0.0.dist-info/METADATA"), "Name: python-magnumclient\n\nVersion: 4.0.0\n", 0o644)
	})
}

func emptyVersion(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "python_magnumclient-4.0.0.dist-info/METADATA"), "Name: python-magnumclient\nVersion:\n", 0o644)
	})
}

func emptyFolder(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "python_magnumclient-4.0.0.dist-info/METADATA"), "", 0o644)
		write(t, filepath.Join(site, "python_magnumclient-4.0.0.dist-info/PKG-INFO"), "\n", 0o644)
	})
}

func emptyMetadata(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "python_magnumclient.egg-info/METADATA"), "", 0o644)
		write(t, filepath.Join(site, "python_magnumclient.egg-info/PKG-INFO"), "Version: 4.0.0\n", 0o644)
	})
}

func eggInfoFile(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "python_magnumclient-4.0.0.egg-info"), "Metadata-Version: 1.0\nVersion: 4.0.0\n", 0o644)
	})
}

func egg(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		name := "python_magnumclient-4.0.0-py3.egg"
		write(t, filepath.Join(site, name, "EGG-INFO/PKG-INFO"), "Version: 4.0.0\n", 0o644)
		write(t, filepath.Join(site, "easy-install.pth"), "./"+name+"\n", 0o644)
	})
}

func develop(t *testing.T, py interpreter, dir string) place {
	source := filepath.Join(dir, "src/magnumclient")
	write(t, filepath.Join(source, "python_magnumclient.egg-info/PKG-INFO"), "Version: 4.9.0.dev7\n", 0o644)
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "a.pth"), "# sources\n\n/does/not/exist\n"+source+"  \n", 0o644)
		write(t, filepath.Join(site, "b.txt"), filepath.Join(dir, "elsewhere")+"\n", 0o644)
	})
}

func spelling(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "Python_Magnumclient-4.0.0.DIST-INFO/METADATA"), "Version: 4.0.0\n", 0o644)
	})
}

// twoVersions is what an interrupted upgrade leaves. Python takes the one that
// the folder lists first.
func twoVersions(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		for _, v := range []string{"4.0.0", "2.12.0", "4.8.0", "3.5.0", "4.1.0"} {
			distInfo(t, site, "python_magnumclient", v)
		}
	})
}

func headerCase(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		write(t, filepath.Join(site, "python_magnumclient-4.0.0.dist-info/METADATA"),
			"metadata-version: 2.1\r\nsummary: a\r\n  Version: 1\r\nVERSION:   4.0.0  \r\nVersion: 5.0.0\r\n\r\n", 0o644)
	})
}

func crowded(t *testing.T, py interpreter, dir string) place {
	return metadataPlace(t, py, dir, func(site string) {
		for i := range 5000 {
			name := fmt.Sprintf("package%d", i)
			for _, d := range []string{name, name + "-1.0.dist-info"} {
				if err := os.Mkdir(filepath.Join(site, d), 0o755); err != nil {
					t.Fatal(err)
				}
			}
		}
		install(t, site, "4.0.0")
	})
}
