package main

// memoryImage returns the memory that the segments fill, and the address base at which it begins.
func memoryImage(segments []segment) (image []byte, base int) {
	if len(segments) == 0 {
		return nil, 0
	}
	base = segments[0].at
	end := base
	for _, s := range segments {
		base, end = min(base, s.at), max(end, s.at+len(s.bytes))
	}
	image = make([]byte, end-base)
	for _, s := range segments {
		copy(image[s.at-base:], s.bytes)
	}
	return image, base
}

// copyFromImage sets the segments' bytes to those of the image.
func copyFromImage(segments []segment, image []byte, base int) {
	for _, s := range segments {
		copy(s.bytes, image[s.at-base:])
	}
}
