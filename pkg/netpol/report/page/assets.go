package page

import _ "embed" // the parts of the page that are always the same

var (
	//go:embed report.css
	style fixed
	//go:embed js/model.js
	modelJS fixed
	//go:embed js/filter.js
	filterJS fixed
	//go:embed js/detail.js
	detailJS fixed
	//go:embed js/matrix.js
	matrixJS fixed
	//go:embed js/graph.js
	graphJS fixed
	//go:embed js/list.js
	listJS fixed
	//go:embed js/main.js
	mainJS fixed
	//go:embed views.html
	views fixed
)

// wholeScript is the whole script, in the order in which its parts build on each other.
func wholeScript() fixed {
	return modelJS + filterJS + detailJS + matrixJS + graphJS + listJS + mainJS
}
