import Files
import FoundationEssentials
import Geometry
import Imaging
import TestSupport
import Testing

/// OpenCV's and Pillow's resized pixels, bit for bit (Fixtures/imaging/resize.json, made by
/// Scripts/make_imaging_fixtures.py).
@Suite struct ResizeGoldenTests {
  private struct Fixture: Decodable {
    var cases: [Case]
  }
  private struct Case: Decodable {
    var size: [Int]
    var seed: UInt32
    var to: [Int]
    var sha256: [String: String]
  }

  private func resized(_ image: Image, to size: Size, _ method: String) -> Image? {
    switch method {
    case "opencvLinear": image.resized(to: size, by: .openCVLinear)
    case "opencvNearest": image.resized(to: size, by: .nearest)
    case "triangle": image.resized(to: size, by: .antialiased)
    case "cubic": image.resized(to: size, filter: .antialiased(.cubic(a: -0.5)))
    case "lanczos3": image.resized(to: size, filter: .antialiased(.lanczos3))
    default: nil
    }
  }

  @Test func sameHashes() throws {
    let bytes = try TestFiles.bytes(TestFiles.fixture("imaging/resize.json"))
    let fixture = try JSONDecoder().decode(Fixture.self, from: Data(bytes))
    #expect(fixture.cases.count >= 25)
    for test in fixture.cases {
      let image = noise(Size(width: test.size[0], height: test.size[1]), seed: test.seed)
      let size = Size(width: test.to[0], height: test.to[1])
      for (method, hash) in test.sha256 {
        let result = try #require(resized(image, to: size, method), "\(method)")
        #expect(
          SHA256.hexadecimal(of: result.samples) == hash, "\(method) \(image.size) to \(size)")
      }
    }
  }
}
