// Package strictyaml reads a YAML document into Go structs the way a person
// who wrote it needs: every fault at once, each with file, line and column,
// what is wrong and what would be right. Unknown keys are faults; so are merge
// keys and tags, which hide what a file says.
//
// It knows no setting of its own. Rooms config and accounts call it, each with
// its structs and its Rules.
//
// Struct tags: yaml names the key; secret:"true" keeps the value out of every
// message; scalar:"true" marks the field that a plain value stands for where
// the struct could be written out. A pointer field stays nil when its key is
// absent or null; a type with a SetDefaults method is filled by it before it is
// read.
package strictyaml
