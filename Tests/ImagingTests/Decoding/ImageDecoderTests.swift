import CImageCodecs
import Files
import Geometry
import Imaging
import Testing

@Suite struct ImageDecoderTests {
  @Test func pngSurvivesARoundTrip() throws {
    let image = noise(Size(width: 37, height: 23), seed: 5)
    let decoded = try ImageDecoder().decode(bytes: ImageEncoder.png(image))
    #expect(decoded.image.samples == image.samples)
    #expect(decoded.image.size == image.size)
    #expect(decoded.sourceFormat == .png)
    #expect(decoded.orientation == 1)
    #expect(!decoded.isTruncated && decoded.warning == nil && decoded.warningCount == 0)
  }

  @Test func sixteenBitSamplesAreTheEightBitOnesTimes257() throws {
    let image = noise(Size(width: 9, height: 5), seed: 6)
    for bytes in [try ImageEncoder.png(image), try ImageEncoder.jpeg(image)] {
      let narrow = try ImageDecoder().decode(bytes: bytes).image.samples
      let wide = try ImageDecoder().decode16(bytes: bytes).image.samples
      #expect(wide == narrow.map { UInt16($0) * 257 })
    }
  }

  /// Where the stored pixel (x, y) of a w x h picture must appear once upright.
  private func upright(_ x: Int, _ y: Int, _ size: Size, _ orientation: Int) -> (Int, Int) {
    let (w, h) = (size.width, size.height)
    return switch orientation {
    case 2: (w - 1 - x, y)
    case 3: (w - 1 - x, h - 1 - y)
    case 4: (x, h - 1 - y)
    case 5: (y, x)
    case 6: (h - 1 - y, x)
    case 7: (h - 1 - y, w - 1 - x)
    case 8: (y, w - 1 - x)
    default: (x, y)
    }
  }

  @Test(arguments: 0...9) func appliesExifOrientation(_ orientation: Int) throws {
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 19, height: 40), seed: 8))
    let file = withExif(jpeg, exifBlock(value: UInt16(orientation)))
    let stored = try ImageDecoder().decode(bytes: jpeg).image
    let decoded = try ImageDecoder().decode(bytes: file)
    let raw = try ImageDecoder(applyOrientation: false).decode(bytes: file)
    let valid = (1...8).contains(orientation) ? orientation : 1
    #expect(decoded.orientation == valid)
    #expect(raw.orientation == valid)
    #expect(raw.image.samples == stored.samples)
    let turned = valid >= 5
    #expect(decoded.image.size.width == (turned ? 40 : 19))
    for y in 0..<40 {
      for x in 0..<19 {
        let (toX, toY) = upright(x, y, stored.size, valid)
        #expect(decoded.image.pixel(toX, toY) == stored.pixel(x, y))
      }
    }
  }

  @Test func readsOrientationOfEveryIntegerType() {
    // BYTE, SHORT and LONG; the value is left-justified in its field.
    #expect(cic_exif_orientation(exifBlock(type: 3, value: 6), 26) == 6)
    #expect(cic_exif_orientation(exifBlock(type: 1, value: 6 << 8), 26) == 6)
    #expect(cic_exif_orientation(exifBlock(type: 2, value: 6), 26) == -1)
    #expect(cic_exif_orientation(exifBlock(tag: 0x0100, value: 6), 26) == 0)
    #expect(cic_exif_orientation(exifBlock(value: 9), 26) == -1)
  }

  @Test func exifParserStaysInsideItsBlock() {
    let block = exifBlock(value: 6)
    for count in 0...block.count {
      // A copy of exactly this length, so that a sanitizer sees a step outside. The value ends at 20.
      let part = Array(block[..<count])
      let orientation = cic_exif_orientation(part, count)
      #expect(count >= 20 ? orientation == 6 : orientation <= 0, "\(count) bytes")
    }
    for offset: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 25], [0x7F, 0xFF, 0xFF, 0xFF]] {
      var broken = block
      broken.replaceSubrange(4..<8, with: offset)
      #expect(cic_exif_orientation(broken, broken.count) == 0)
    }
    var endless = block
    endless.replaceSubrange(8..<12, with: [0xFF, 0xFF, 1, 0])
    #expect(cic_exif_orientation(endless, endless.count) == 0)
  }

  @Test func readsOrientationFromXMP() {
    func orientation(_ text: String) -> Int32 {
      let bytes = Array(text.utf8)
      return cic_xmp_orientation(bytes, bytes.count)
    }
    #expect(orientation("<x tiff:Orientation=\"6\"/>") == 6)
    #expect(orientation("<tiff:Orientation>8</tiff:Orientation>") == 8)
    #expect(orientation("tiff:Orientation tiff:Orientation=\"3\"") == 3)
    #expect(orientation("tiff:Orientation=\"9\"") == -1)
    for text in ["", "tiff:Orientation", "tiff:Orientation=", "tiff:Orientation=\"", "t"] {
      #expect(orientation(text) == 0, "\(text)")
    }
  }

  @Test func limitsPixelsBeforeDecoding() throws {
    let png = try ImageEncoder.png(noise(Size(width: 10, height: 10), seed: 1))
    #expect(throws: ImagingError.tooManyPixels(count: 100, limit: 99)) {
      try ImageDecoder(maxPixels: 99).decode(bytes: png)
    }
    #expect(try ImageDecoder(maxPixels: 100).decode(bytes: png).image.size.width == 10)
  }

  @Test func limitsMemory() throws {
    let png = try ImageEncoder.png(noise(Size(width: 100, height: 100), seed: 1))
    var decoder = ImageDecoder()
    decoder.maxBytes = png.count + 30_000
    let error = #expect(throws: ImagingError.self) { try decoder.decode(bytes: png) }
    #expect(error?.kind == "limit")
  }

  @Test func truncatedJPEGNeedsPermission() throws {
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 64, height: 64), seed: 2))
    let half = Array(jpeg[..<(jpeg.count / 2)])
    let error = #expect(throws: ImagingError.self) { try ImageDecoder().decode(bytes: half) }
    #expect(error?.kind == "truncated")
    let taken = try ImageDecoder(allowTruncated: true).decode(bytes: half)
    #expect(taken.isTruncated)
    #expect(taken.warning == "Premature end of JPEG file")
    let whole = try ImageDecoder().decode(bytes: jpeg).image
    #expect(taken.image.samples[..<1000] == whole.samples[..<1000])
    #expect(taken.image.samples != whole.samples)
  }

  @Test func everyCutOfAPNGIsAnError() throws {
    let png = try ImageEncoder.png(noise(Size(width: 5, height: 4), seed: 3))
    for count in 0..<png.count {
      #expect(throws: ImagingError.self) { try ImageDecoder().decode(bytes: Array(png[..<count])) }
    }
  }

  @Test func saysWhatIsWrong() throws {
    var png = try ImageEncoder.png(noise(Size(width: 5, height: 4), seed: 3))
    png[png.count - 20] ^= 1  // within IDAT's data or CRC
    let error = #expect(throws: ImagingError.self) { try ImageDecoder().decode(bytes: png) }
    #expect(error?.kind == "decode")
    #expect(error.map { "\($0)".hasPrefix("not a valid PNG: IDAT ") } == true)
    #expect(throws: ImagingError.unrecognized) { try ImageDecoder().decode(bytes: []) }
    #expect(throws: ImagingError.unrecognized) {
      try ImageDecoder().decode(bytes: Array("GIF89a".utf8))
    }
    let missing = #expect(throws: ImagingError.self) {
      try ImageDecoder().decode(path: "/nonexistent/a.png")
    }
    #expect(missing == .file(.notFound("/nonexistent/a.png")))
    #expect(missing?.kind == "vanished")
  }

  @Test func countsScansBeforeDecodingThem() throws {
    // A second scan header is enough to be counted; 101 of them are too many.
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 8, height: 8), seed: 4))
    let scan: [UInt8] = [0xFF, 0xDA, 0, 6, 0, 0, 63, 0]
    let bomb = Array(jpeg.dropLast(2)) + Array(repeatElement(scan, count: 100).joined())
    let error = #expect(throws: ImagingError.self) { try ImageDecoder().decode(bytes: bomb) }
    #expect(error == .overLimit(.jpeg, reason: "more than 100 scans"))
  }
}
