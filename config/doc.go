// Package config is the server's configuration: one [Config] with defaults,
// read from a YAML file and from CLICKBRIDGE_ variables by [Load], checked
// whole, and described by [Describe] from its own struct tags.
//
// It opens nothing it is told to use: whether a port is free or a mail server
// answers is found by the commands serve and check. Only cmd knows the struct;
// every other room is given plain values.
package config
