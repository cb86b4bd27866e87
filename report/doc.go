// Package report writes the Smart Click-to-Call Report: one row per accepted
// click, as XML or CSV with the same columns in the same order. README.md
// documents the columns.
//
// It streams: a year of clicks needs no more memory than one. It checks no
// credentials and knows no HTTP; the wire room does that and calls it.
package report
