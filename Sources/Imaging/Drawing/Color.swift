/// An RGB8 colour.
package struct Color: Hashable, Sendable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  package init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  private init(_ hex: UInt32) {
    red = UInt8(truncatingIfNeeded: hex >> 16)
    green = UInt8(truncatingIfNeeded: hex >> 8)
    blue = UInt8(truncatingIfNeeded: hex)
  }

  package static let black = Color(0x000000)
  package static let white = Color(0xFFFFFF)

  /// The colour of class `identifier`: twenty that differ in hue and lightness, then again from the
  /// first.
  package static func ofClass(_ identifier: Int) -> Color {
    let count = palette.count
    return palette[((identifier % count) + count) % count]
  }

  private static let palette: [Color] = [
    0xE6194B, 0x3CB44B, 0xFFE119, 0x4363D8, 0xF58231, 0x911EB4, 0x42D4F4, 0xF032E6, 0xBFEF45,
    0xFABED4, 0x469990, 0xDCBEFF, 0x9A6324, 0xFFFAC8, 0x800000, 0xAAFFC3, 0x808000, 0xFFD8B1,
    0x1F3A93, 0xA9A9A9,
  ].map { Color($0) }

  /// Black or white, whichever stands out more on this colour: relative luminance by the weights of
  /// ITU-R BT.601 against the middle.
  package var contrastingText: Color {
    299 * Int(red) + 587 * Int(green) + 114 * Int(blue) > 140_000 ? .black : .white
  }
}
