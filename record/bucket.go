package record

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// BucketConfig says where an S3-compatible service keeps recordings.
type BucketConfig struct {
	Endpoint             string // host or host:port; http:// in front = without TLS
	Region, Name         string
	AccessKey, SecretKey string
	Prefix               string // of every object's name
	PathStyle            bool   // the bucket in the path, not in the host name
}

// Bucket is a bucket of an S3-compatible service.
type Bucket struct {
	client       *minio.Client
	transport    *http.Transport
	name, prefix string
}

// NewBucket returns a bucket; the error says what of the configuration is
// wrong. It does not speak to the service.
func NewBucket(c BucketConfig) (*Bucket, error) {
	host, plain := strings.CutPrefix(c.Endpoint, "http://")
	host = strings.TrimPrefix(host, "https://")
	style := minio.BucketLookupAuto
	if c.PathStyle {
		style = minio.BucketLookupPath
	}
	transport, err := minio.DefaultTransport(!plain)
	if err != nil {
		return nil, fmt.Errorf("recordings.s3: %w", err)
	}
	client, err := minio.New(host, &minio.Options{
		Transport: transport,
		Creds:     credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:    !plain, Region: c.Region, BucketLookup: style,
	})
	if err != nil {
		return nil, fmt.Errorf("recordings.s3.endpoint: %w", err)
	}
	return &Bucket{client: client, transport: transport, name: c.Name, prefix: c.Prefix}, nil
}

// Check reports whether the bucket is there and may be read.
func (b *Bucket) Check(ctx context.Context) error {
	ok, err := b.client.BucketExists(ctx, b.name)
	if err == nil && !ok {
		err = fmt.Errorf("there is no bucket %q", b.name)
	}
	return err
}

// Close lets go of idle connections.
func (b *Bucket) Close() { b.transport.CloseIdleConnections() }

func (b *Bucket) put(ctx context.Context, name string, from io.Reader, size int64) error {
	_, err := b.client.PutObject(ctx, b.name, b.prefix+name, from, size, minio.PutObjectOptions{ContentType: "audio/wav"})
	return err
}

// open returns an object; whether it is there shows at once.
func (b *Bucket) open(ctx context.Context, name string) (io.ReadCloser, error) {
	o, err := b.client.GetObject(ctx, b.name, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	if _, err := o.Stat(); err != nil {
		_ = o.Close()
		return nil, err
	}
	return o, nil
}

func (b *Bucket) remove(ctx context.Context, name string) error {
	return b.client.RemoveObject(ctx, b.name, b.prefix+name, minio.RemoveObjectOptions{})
}
