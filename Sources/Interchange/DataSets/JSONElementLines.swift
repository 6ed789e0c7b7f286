/// Where the elements of an array in a JSON document stand, for messages.
enum JSONElementLines {
  /// The line of element `index` of the array that is the member `list` of the document's object,
  /// or of the document itself where `list` is `nil`.
  ///
  /// - Parameter bytes: A document that has been read as JSON already.
  /// - Returns: Counted from 1; `nil` where there is no such element.
  static func line(of index: Int, in list: String?, bytes: [UInt8]) -> Int? {
    let key = list.map { [UInt8(ascii: "\"")] + Array($0.utf8) + [UInt8(ascii: "\"")] }
    let wantedDepth = list == nil ? 1 : 2
    var walk = Walk()
    var isInside = list == nil
    var lastString: Range<Int>?
    var count = 0
    while walk.offset < bytes.count {
      let byte = bytes[walk.offset]
      let before = walk
      walk.step(bytes)
      switch byte {
      case UInt8(ascii: "\""):
        if before.depth == 1 { lastString = before.offset..<walk.offset }
        if isInside, before.depth == wantedDepth, count == index { return before.line }
      case UInt8(ascii: ":"):
        if before.depth == 1, let key, let lastString {
          isInside = bytes[lastString].elementsEqual(key)
          count = 0
        }
      case UInt8(ascii: ","):
        if isInside, before.depth == wantedDepth { count += 1 }
        if before.depth == 1, key != nil { isInside = false }
      case 0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: "]"), UInt8(ascii: "}"): break
      default:
        if isInside, before.depth == wantedDepth, count == index { return before.line }
      }
    }
    return nil
  }

  private struct Walk {
    var offset = 0
    var line = 1
    var depth = 0

    /// Goes over one byte, or over a whole string.
    mutating func step(_ bytes: [UInt8]) {
      switch bytes[offset] {
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "\""):
        offset += 1
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") {
          offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
      default: break
      }
      offset = min(offset + 1, bytes.count)
    }
  }
}
