import Detectors
import Geometry
import Imaging
import TestSupport

/// A Darknet detector with seeded weights: two strided 3x3 convolutions, one of stride 1, and a head
/// of stride 4 whose scores are spread about one half.
enum SmallDetector {
  private static let layers: [(filters: Int, size: Int, stride: Int, activation: String)] = [
    (8, 3, 2, "leaky"), (8, 3, 2, "leaky"), (8, 3, 1, "leaky"), (6, 1, 1, "linear"),
  ]

  /// - Parameter side: Of the network's input, in pixels.
  static func load(side: Int) throws -> any SinglePassDetector {
    let folder = try TemporaryFolder()
    var configuration = "[net]\nwidth=\(side)\nheight=\(side)\nchannels=3\n"
    var generator = SeededGenerator(seed: 23)
    var words: [UInt32] = [0, 2, 0, 0, 0]
    var channels = 3
    for layer in layers {
      configuration += """
        [convolutional]
        filters=\(layer.filters)
        size=\(layer.size)
        stride=\(layer.stride)
        pad=1
        activation=\(layer.activation)

        """
      let count = layer.filters * channels * layer.size * layer.size
      words += generator.floats(layer.filters).map { $0.bitPattern }
      words += generator.floats(count).map { $0.bitPattern }
      channels = layer.filters
    }
    configuration += "[yolo]\nmask=0\nanchors=24,20\nclasses=1\nnum=1\n"
    try folder.write(
      words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } },
      to: "small.weights")
    let path = try folder.write(Array(configuration.utf8), to: "small.cfg")
    var options = DetectorOptions()
    options.keepsGraph = true
    options.scoreThreshold = 0.2
    options.maxDetections = 0
    let detector = try DetectorLoader.load(modelPath: path, options: options)
    guard let single = detector as? any SinglePassDetector else {
      throw DetectorError.invalidOption("not a single pass")
    }
    return single
  }

  /// Smooth colours with seeded blocks on them.
  static func picture(_ size: Size) -> Image {
    var samples = [UInt8](repeating: 0, count: size.width * size.height * 3)
    var generator = SeededGenerator(seed: 9)
    let shades = (0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for y in 0..<size.height {
      for x in 0..<size.width {
        let shade = shades[(y * 8 / size.height) * 8 + x * 8 / size.width]
        let start = (y * size.width + x) * 3
        samples[start] = shade
        samples[start + 1] = UInt8(255 * x / size.width)
        samples[start + 2] = UInt8(255 * y / size.height)
      }
    }
    return Image(size: size, samples: samples)
  }
}
