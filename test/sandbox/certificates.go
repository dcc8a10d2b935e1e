package sandbox

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// noKeyPair is what Magnum says of a cluster without certificates: one that is
// being created, failed early, or has TLS disabled.
const noKeyPair = "A key pair None could not be found."

func (c *cloud) showCA(r call) {
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil || !r.mayFetchCertificates(cl, "certificate:get") {
		return
	}
	if ca := c.authority(r, cl); ca != nil {
		writeJSON(r.w, http.StatusOK, c.certificate(cl, object{"pem": ca.pem()}))
	}
}

// signCertificate has the cluster's CA sign a request; it takes the name of a
// cluster as well as its UUID, and does not look at its state.
func (c *cloud) signCertificate(r call) {
	var body map[string]string
	if !r.decode(&body) {
		return
	}
	for name := range body {
		if !slices.Contains([]string{"cluster_uuid", "bay_uuid", "csr", "ca_cert_type"}, name) {
			r.refuse(http.StatusBadRequest, "Unknown attribute for argument certificate: "+name)
			return
		}
	}
	ref := body["cluster_uuid"] + body["bay_uuid"]
	csr, given := body["csr"]
	switch {
	case ref == "":
		r.refuse(http.StatusInternalServerError, "(sqlite3.ProgrammingError) Error binding parameter 2: type 'UnsetType' is not supported")
		return
	case given && csr == "":
		r.refuse(http.StatusBadRequest, "Invalid input for field/attribute csr. Value: ''. Value should have a minimum character "+
			"requirement of 1")
		return
	}
	cl := c.lookup(r, ref, false, http.StatusBadRequest)
	if cl == nil || !r.mayFetchCertificates(cl, "certificate:create") {
		return
	}
	if !given {
		r.refuse(http.StatusInternalServerError, "Cannot load 'csr' in the base class")
		return
	}
	if ca := c.authority(r, cl); ca != nil {
		c.sign(r, cl, ca, csr)
	}
}

func (c *cloud) sign(r call, cl *cluster, ca *authority, text string) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		r.refuse(http.StatusBadRequest, "Received invalid csr "+pythonBytes(text)+".")
		return
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		r.refuse(http.StatusBadRequest, "Received invalid csr "+pythonBytes(text)+".")
		return
	}
	signed, err := ca.sign(csr, c.now())
	if err != nil {
		r.refuse(http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(r.w, http.StatusCreated, c.certificate(cl, object{"csr": text, "pem": signed}))
}

// rotateCA gives the cluster a new CA at once: what the old one signed is
// worth nothing from now on. Anybody in the project may.
func (c *cloud) rotateCA(r call) {
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	switch {
	case cl == nil || r.token.project != nil && !r.mayChange(c, "certificate:rotate_ca"):
		return
	case r.token.project == nil:
		r.refuse(http.StatusForbidden, "Policy doesn't allow certificate:rotate_ca to be performed.")
	case cl.template.tlsDisabled:
		r.refuse(http.StatusBadRequest, "Rotating the CA certificate on a non-TLS cluster is not supported")
	case !slices.Contains([]string{complete, updated}, cl.status):
		r.refuse(http.StatusBadRequest, fmt.Sprintf("Updating a cluster when status is %q is not supported.", cl.status))
	case c.clusterAPI():
		c.refuseRotation(r, cl)
	default:
		cl.ca = nil
		c.begin(cl, updating)
		writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
	}
}

// certificate wraps a PEM in what Magnum puts around it.
func (c *cloud) certificate(cl *cluster, parts object) object {
	o := object{"cluster_uuid": cl.uuid, "links": c.links("certificates", cl.uuid)}
	if !c.clusterAPI() {
		o["bay_uuid"] = cl.uuid
	}
	maps.Copy(o, parts)
	return o
}

// authority returns the cluster's CA, or answers that there is none.
func (c *cloud) authority(r call, cl *cluster) *authority {
	if !cl.hasCerts {
		r.refuse(http.StatusNotFound, noKeyPair)
		return nil
	}
	ca, err := cl.currentCA(c.now())
	if err != nil {
		r.refuse(http.StatusInternalServerError, err.Error())
		return nil
	}
	return ca
}

// pythonBytes writes a text the way the real service quotes it.
func pythonBytes(s string) string {
	data, _ := json.Marshal(s) // text always marshals
	return "b'" + string(data[1:len(data)-1]) + "'"
}
