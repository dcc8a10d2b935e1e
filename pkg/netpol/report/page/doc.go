// Package page writes the answers of check and map as one HTML file: first as
// text, then as a matrix, a graph and a list to search. The file loads nothing,
// runs only the script it was written with, and opens from a disk.
//
// Nothing from a cluster is ever markup in it. Text passes through one escaping
// writer (markup.go); what the script shows is JSON, in an element that no
// browser runs, and reaches the page as text nodes only. A content security
// policy with the hashes of script and style holds the browser to that.
package page
