import Geometry
import Imaging
import TestSupport

/// A Darknet network made by hand that finds red: one 1x1 convolution, whose objectness is high
/// where a pixel is red and neither green nor blue, and one anchor of 10 x 10 pixels.
enum RedDetector {
  private static let configuration = """
    [net]
    width=32
    height=32
    channels=3
    [convolutional]
    filters=6
    size=1
    stride=1
    pad=0
    activation=linear
    [yolo]
    mask=0
    anchors=10,10
    classes=1
    num=1

    """

  /// Writes `red.cfg` and `red.weights`.
  ///
  /// - Returns: The path of the configuration.
  static func write(into folder: TemporaryFolder, objectnessBias: Float = -10) throws -> String {
    // Channels: x, y, width, height, objectness, class.
    let biases: [Float] = [0, 0, 0, 0, objectnessBias, 10]
    let weights: [Float] = [Float](repeating: 0, count: 12) + [20, -20, -20] + [0, 0, 0]
    var bytes = littleEndian([0, 2, 0, 0, 0] as [UInt32])
    bytes += littleEndian((biases + weights).map(\.bitPattern))
    try folder.write(bytes, to: "red.weights")
    return try folder.write(Array(configuration.utf8), to: "red.cfg")
  }

  /// As `write(into:)`, with two classes: full red, and red of four fifths.
  static func writeTwoClasses(into folder: TemporaryFolder) throws -> String {
    let twoClasses = configuration.replacing("filters=6", with: "filters=7")
      .replacing("classes=1", with: "classes=2")
    let biases: [Float] = [0, 0, 0, 0, -10, -36, 36]
    let weights: [Float] =
      [Float](repeating: 0, count: 12) + [20, -20, -20] + [40, 0, 0] + [-40, 0, 0]
    var bytes = littleEndian([0, 2, 0, 0, 0] as [UInt32])
    bytes += littleEndian((biases + weights).map(\.bitPattern))
    try folder.write(bytes, to: "reds.weights")
    return try folder.write(Array(twoClasses.utf8), to: "reds.cfg")
  }

  /// A black PNG with one red square of 10 pixels whose top left corner is at `x`, `y`; 32 x 32, so
  /// that it reaches the network unscaled.
  ///
  /// - Parameter rightRed: Of the square's right half.
  static func picture(x: Int = 8, y: Int = 12, rightRed: UInt8 = 255) throws -> [UInt8] {
    var samples = [UInt8](repeating: 0, count: 32 * 32 * 3)
    for row in y..<y + 10 {
      for column in x..<x + 10 {
        samples[(row * 32 + column) * 3] = column < x + 5 ? 255 : rightRed
      }
    }
    return try ImageEncoder.png(Image(size: Size(width: 32, height: 32), samples: samples))
  }

  /// A black PNG.
  static func blackPicture(width: Int, height: Int) throws -> [UInt8] {
    try ImageEncoder.png(
      Image(
        size: Size(width: width, height: height),
        samples: [UInt8](repeating: 0, count: width * height * 3)))
  }

  private static func littleEndian(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
  }
}
