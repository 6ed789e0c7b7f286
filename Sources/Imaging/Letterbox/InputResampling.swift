/// Which program's resize a network was trained and published with.
package enum InputResampling: Hashable, Sendable {
  /// `cv2.resize(…, INTER_LINEAR)` on 8-bit pixels, bit for bit.
  case openCVLinear
  /// Darknet's `resize_image`: align-corners bilinear on Float samples, columns first.
  case darknet
  /// `cv2.resize(…, INTER_NEAREST)`.
  case nearest
  /// Pillow's `BILINEAR`: triangle filter whose support grows with the shrink factor, columns first.
  case antialiased
}
