package row

import "reflect"

// Clean returns a deep copy of v whose texts are as [Text] makes them and whose
// empty lists are nil. v is made of what settings are: structs of exported
// fields, lists, pointers, texts, numbers.
func Clean[T any](v T) T {
	clean(reflect.ValueOf(&v).Elem())
	return v
}

// clean changes v in place, but copies what it points to.
func clean(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(Text(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			clean(v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			to := reflect.New(v.Type().Elem())
			to.Elem().Set(v.Elem())
			clean(to.Elem())
			v.Set(to)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.SetZero()
			return
		}
		to := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(to, v)
		for i := range to.Len() {
			clean(to.Index(i))
		}
		v.Set(to)
	}
}

// cleanJSON returns v as clean JSON, "" when v is all zeros.
func cleanJSON[T any](v T) string {
	v = Clean(v)
	return JSON(v, reflect.ValueOf(v).IsZero())
}
