import Files
import Geometry
import Imaging
import TestSupport
import Testing

/// JPEGs in bands of rows against the whole picture at once.
@Suite struct JPEGBandsTests {
  /// `bytes` as a file in a folder of its own, which goes with the value.
  private func withFile(_ bytes: [UInt8], _ body: ([UInt8]) throws -> Void) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/picture.jpg"
    try folder.write(bytes, to: "picture.jpg")
    try withExtendedLifetime(folder) { try body(Array(path.utf8)) }
  }

  private func open(_ path: [UInt8], _ decoder: ImageDecoder = ImageDecoder()) throws -> JPEGBands {
    switch try JPEGBands.open(pathBytes: path, decoder: decoder) {
    case .success(let bands): return bands
    case .failure(let found): throw found
    }
  }

  /// All rows, so many at a time.
  private func read(_ bands: JPEGBands, by step: Int) throws -> [UInt8] {
    let rowLength = bands.size.width * 3
    var samples = [UInt8](repeating: 0, count: rowLength * bands.size.height)
    var row = 0
    while row < bands.size.height {
      let count = min(step, bands.size.height - row)
      try samples.withUnsafeMutableBufferPointer {
        try bands.read(
          into: UnsafeMutableBufferPointer(
            rebasing: $0[row * rowLength..<(row + count) * rowLength]))
      }
      row += count
    }
    try bands.finish()
    return samples
  }

  @Test(arguments: [1, 7, 64, 1000]) func equalTheWholePicture(step: Int) throws {
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 203, height: 149), seed: 9), quality: 80)
    try withFile(jpeg) { path in
      let bands = try open(path)
      #expect(bands.size == Size(width: 203, height: 149))
      let whole = try ImageDecoder().decode(bytes: jpeg).image
      #expect(try read(bands, by: step) == whole.samples)
    }
  }

  @Test func refuseTurnedPictures() throws {
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 20, height: 10), seed: 1), quality: 80)
    try withFile(withExif(jpeg, exifBlock(value: 6))) { path in
      let error = #expect(throws: JPEGBands.ObstacleFound.self) { try open(path) }
      #expect(error?.obstacle == .turned(orientation: 6))
    }
    try withFile(withExif(jpeg, exifBlock(value: 1))) { path in
      let bands = try open(path)
      #expect(bands.size.width == 20)
    }
  }

  @Test func refuseOtherFormats() throws {
    let png = try ImageEncoder.png(noise(Size(width: 4, height: 4), seed: 1))
    try withFile(png) { path in
      let error = #expect(throws: JPEGBands.ObstacleFound.self) { try open(path) }
      #expect(error?.obstacle == .notJPEG)
    }
  }

  @Test func sayWhereTheFileEnds() throws {
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 64, height: 64), seed: 3), quality: 90)
    try withFile(Array(jpeg[..<(jpeg.count / 2)])) { path in
      let bands = try open(path)
      let error = #expect(throws: ImagingError.self) { try read(bands, by: 8) }
      guard case .truncated = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      var decoder = ImageDecoder()
      decoder.allowTruncated = true
      let lenient = try open(path, decoder)
      let samples = try read(lenient, by: 8)
      #expect(lenient.isTruncated)
      #expect(
        samples == (try decoder.decode(bytes: Array(jpeg[..<(jpeg.count / 2)]))).image.samples)
    }
  }

  @Test func keepToThePixelLimit() throws {
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 30, height: 20), seed: 3), quality: 90)
    try withFile(jpeg) { path in
      var decoder = ImageDecoder()
      decoder.maxPixels = 599
      #expect(throws: ImagingError.tooManyPixels(count: 600, limit: 599)) {
        try open(path, decoder)
      }
      decoder.maxPixels = 600
      let bands = try open(path, decoder)
      #expect(bands.size.height == 20)
    }
  }

  @Test func noticeAFileThatChanged() throws {
    let jpeg = try ImageEncoder.jpeg(noise(Size(width: 600, height: 400), seed: 3), quality: 95)
    let folder = try TemporaryFolder()
    try folder.write(jpeg, to: "picture.jpg")
    let bands = try open(Array((folder.path + "/picture.jpg").utf8))
    try folder.write(Array(jpeg[..<(jpeg.count / 3)]), to: "picture.jpg")
    let error = #expect(throws: ImagingError.self) { try read(bands, by: 100) }
    guard case .file(.changed) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Half, a quarter and an eighth of the size, sides rounded up, near the mean of each block.
  @Test(arguments: [2, 4, 8]) func reducedPicturesAreSmaller(by reduction: Int) throws {
    let size = Size(width: 163, height: 97)
    let samples = (0..<size.width * size.height).flatMap { index -> [UInt8] in
      let (x, y) = (index % size.width, index / size.width)
      return [UInt8(x), UInt8(2 * y), 90]
    }
    let jpeg = try ImageEncoder.jpeg(Image(size: size, samples: samples), quality: 95)
    var decoder = ImageDecoder()
    decoder.draftSize = Size(width: size.width / reduction, height: size.height / reduction)
    let decoded = try decoder.decode(bytes: jpeg)
    #expect(decoded.reduction == reduction)
    #expect(decoded.sourceSize == size)
    #expect(decoded.image.size.width == (size.width + reduction - 1) / reduction)
    #expect(decoded.image.size.height == (size.height + reduction - 1) / reduction)
    let centre = Double(reduction - 1) / 2
    for y in 0..<size.height / reduction {
      for x in 0..<size.width / reduction {
        let pixel = decoded.image.pixel(x, y)
        #expect(abs(Double(pixel[0]) - Double(x * reduction) - centre) < 4)
        #expect(abs(Double(pixel[1]) - 2 * (Double(y * reduction) + centre)) < 4)
      }
    }
    decoder.draftSize?.width += 1
    #expect(try decoder.decode(bytes: jpeg).reduction < reduction)
  }
}
