// Package ibp is the drop-in wire of the old API: /ibp_api.php and
// /click_to_xyz.php, with their parameter names, their verbs and their exact
// answers. README.md is its contract, testdata holds golden pairs.
//
// It parses and writes, nothing else: clicks go to intake, reports come from
// report. No other room knows these names. cmd mounts its handler.
package ibp
