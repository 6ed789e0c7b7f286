import Files
import FoundationEssentials
import Geometry
import Imaging
import TestSupport
import Testing

@Suite struct TensorFillingTests {
  private func tensor(
    _ image: Image, canvas: Size, at offset: (x: Int, y: Int) = (0, 0), content: Size,
    _ resampling: InputResampling, padding: Float = 0, _ layout: TensorLayout
  ) -> [Float] {
    var values = [Float](repeating: .nan, count: 3 * canvas.width * canvas.height)
    values.withUnsafeMutableBufferPointer {
      fillTensor(
        $0, canvas: canvas, from: image, placedAt: offset, contentSize: content,
        resampling: resampling, padding: padding, layout: layout)
    }
    return values
  }

  @Test(arguments: [InputResampling.openCVLinear, .darknet, .nearest, .antialiased])
  func everyElementIsWritten(_ resampling: InputResampling) {
    let image = noise(Size(width: 9, height: 7), seed: 1)
    let canvas = Size(width: 12, height: 10)
    let layout = TensorLayout(
      order: .bgr, scale: 0.5, mean: [1, 2, 3], deviation: [2, 4, 8])
    let values = tensor(
      image, canvas: canvas, at: (2, 3), content: Size(width: 8, height: 6), resampling,
      padding: 114, layout)
    for plane in 0..<3 {
      let border = (57 - Float(plane + 1)) / Float(2 << plane)
      for y in 0..<10 {
        for x in 0..<12 {
          let value = values[(plane * 10 + y) * 12 + x]
          if (2..<10).contains(x) && (3..<9).contains(y) {
            #expect(value.isFinite)
          } else {
            #expect(value == border, "plane \(plane), \(x), \(y)")
          }
        }
      }
    }
  }

  @Test func channelsFollowTheOrder() {
    let image = Image(size: Size(width: 1, height: 1), samples: [10, 20, 30])
    let one = Size(width: 1, height: 1)
    for resampling in [InputResampling.openCVLinear, .darknet] {
      let rgb = tensor(image, canvas: one, content: one, resampling, .init(order: .rgb, scale: 1))
      let bgr = tensor(image, canvas: one, content: one, resampling, .init(order: .bgr, scale: 1))
      #expect(rgb == [10, 20, 30])
      #expect(bgr == [30, 20, 10])
    }
  }

  @Test func imageAndTensorAgree() {
    let image = noise(Size(width: 23, height: 11), seed: 2)
    let canvas = Size(width: 16, height: 16)
    let content = Size(width: 16, height: 8)
    let boxed = image.letterboxed(
      content: content, canvas: canvas, offset: (0, 4), fill: 114, resampling: .openCVLinear)
    let values = tensor(
      image, canvas: canvas, at: (0, 4), content: content, .openCVLinear, padding: 114,
      .init(order: .rgb, scale: 1))
    for plane in 0..<3 {
      for index in 0..<256 {
        #expect(values[plane * 256 + index] == Float(boxed.samples[index * 3 + plane]))
      }
    }
  }

  /// Darknet's resize as its definition says, one output at a time in Double.
  private func darknet(_ image: Image, to size: Size, _ x: Int, _ y: Int, _ plane: Int) -> Double {
    func split(_ i: Int, _ n: Int, _ m: Int) -> (Int, Double) {
      if i == m - 1 || n == 1 { return (n - 1, 0) }
      let position = Double(i * (n - 1)) / Double(m - 1)
      return (Int(position), position - Double(Int(position)))
    }
    func sample(_ x: Int, _ y: Int) -> Double {
      Double(
        image.pixel(min(x, image.size.width - 1), min(y, image.size.height - 1))[plane]) / 255
    }
    let (column, dx) = split(x, image.size.width, size.width)
    let (row, dy) = split(y, image.size.height, size.height)
    let upper = (1 - dx) * sample(column, row) + dx * sample(column + 1, row)
    let lower = (1 - dx) * sample(column, row + 1) + dx * sample(column + 1, row + 1)
    return (1 - dy) * upper + dy * lower
  }

  @Test func darknetFollowsItsDefinition() {
    for (from, to) in [
      (Size(width: 13, height: 9), Size(width: 26, height: 4)),
      (Size(width: 1, height: 5), Size(width: 7, height: 7)),
      (Size(width: 30, height: 20), Size(width: 1, height: 1)),
      (Size(width: 8, height: 8), Size(width: 8, height: 8)),
    ] {
      let image = noise(from, seed: 7)
      let values = tensor(
        image, canvas: to, content: to, .darknet, .init(order: .rgb, scale: 1 / 255))
      var expected: [Float] = []
      for plane in 0..<3 {
        for y in 0..<to.height {
          for x in 0..<to.width { expected.append(Float(darknet(image, to: to, x, y, plane))) }
        }
      }
      // Positions in Float: an error of 1e-6 pixels times a step of up to 1.
      expectClose(values, expected, absolute: 5e-6, "\(from) to \(to)")
    }
  }
}

/// Inputs that other programs fed to published networks (hashes in
/// Fixtures/imaging/network_inputs.json).
@Suite struct NetworkInputGoldenTests {
  private struct Fixture: Decodable {
    var photo: String
    var inputs: [String: Input]
  }
  private struct Input: Decodable {
    var shape: [Int]
    var sha256: String
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func sameSamples() throws {
    let shared = try #require(TestFiles.shared)
    let bytes = try TestFiles.bytes(TestFiles.fixture("imaging/network_inputs.json"))
    let fixture = try JSONDecoder().decode(Fixture.self, from: Data(bytes))
    let image = try ImageDecoder().decode(path: shared + "/photos/" + fixture.photo).image
    #expect(fixture.inputs.count == 3)
    for (name, input) in fixture.inputs {
      let size = Size(width: input.shape[3], height: input.shape[2])
      let scale: Float = name.hasPrefix("yolox") ? 1 : 1 / 255
      let order: ChannelOrder = name.hasPrefix("yolov3") ? .rgb : .bgr
      var values = [Float](repeating: 0, count: 3 * size.width * size.height)
      values.withUnsafeMutableBufferPointer {
        fillTensor(
          $0, canvas: size, from: image, placedAt: (0, 0), contentSize: size,
          resampling: .openCVLinear, padding: 0, layout: TensorLayout(order: order, scale: scale))
      }
      let samples = values.map { UInt8(($0 / scale).rounded()) }
      #expect(SHA256.hexadecimal(of: samples) == input.sha256, "\(name)")
    }
  }
}
