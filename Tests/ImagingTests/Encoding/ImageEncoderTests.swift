import Geometry
import Imaging
import Testing

@Suite struct ImageEncoderTests {
  @Test func ppmHasTheBinaryHeader() {
    let image = Image(size: Size(width: 2, height: 1), samples: [1, 2, 3, 4, 5, 6])
    #expect(ImageEncoder.ppm(image) == Array("P6\n2 1\n255\n".utf8) + [1, 2, 3, 4, 5, 6])
  }

  @Test func jpegOfOneColourKeepsIt() throws {
    let image = Image(
      size: Size(width: 20, height: 10),
      samples: Array([UInt8](repeating: 0, count: 0))
        + Array(repeatElement([200, 30, 60], count: 200).joined()))
    let decoded = try ImageDecoder().decode(bytes: ImageEncoder.jpeg(image)).image
    #expect(decoded.size == image.size)
    for (a, b) in zip(decoded.samples, image.samples) { #expect(abs(Int(a) - Int(b)) <= 3) }
  }

  @Test func sameImageSameBytes() throws {
    let image = noise(Size(width: 31, height: 17), seed: 9)
    #expect(try ImageEncoder.png(image) == ImageEncoder.png(image))
    #expect(try ImageEncoder.jpeg(image) == ImageEncoder.jpeg(image))
    #expect(try ImageEncoder.jpeg(image, quality: 50).count < ImageEncoder.jpeg(image).count)
  }

  @Test func jpegRefusesSidesItCannotHold() {
    let image = Image(
      size: Size(width: 65_501, height: 1), samples: [UInt8](repeating: 0, count: 65_501 * 3))
    #expect(throws: ImagingError.self) { try ImageEncoder.jpeg(image) }
  }
}
