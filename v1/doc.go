// Package v1 is the JSON API: resources under /v1, problems as RFC 9457 has them,
// and a description in OpenAPI 3.1 that is made of the same types that answer. It
// speaks; what calls, lists and recordings are is known by the rooms behind the
// interfaces of Config. cmd mounts it; sessions of people come in through Who.
//
// What a program is promised here is written in docs/api.md.
package v1
