internal import ArgumentParser
internal import Detectors
internal import Geometry

/// Canvases, exact windows and reduced pictures.
struct PackingArguments: ParsableArguments {
  @Option(help: "packed: size of a canvas, WIDTHxHEIGHT (default: one for all levels).")
  var canvas: InputSizeArgument?

  @Flag(
    help: """
      tiles: windows that see as much beyond themselves as the network looks around, so that \
      together they give what the whole picture gives, at its own resolution and in bounded memory.
      """)
  var seamExact = false

  @Flag(
    help: """
      Decode JPEGs at 1/2, 1/4 or 1/8 of their size where no level needs more: faster, and boxes move \
      by a fraction of a pixel of that size.
      """)
  var draft = false
}

extension PyramidArguments {
  /// Refuses what does not go with `--seam-exact`.
  func validateSeamExact() throws {
    guard packing.seamExact else { return }
    let others: [(String, Bool)] = [
      ("--scales", scales != nil), ("--scale-ranges", scaleRanges != nil),
      ("--overlap-height-ratio", overlapHeightRatio != nil),
      ("--overlap-width-ratio", overlapWidthRatio != nil),
      ("--no-standard-prediction", noStandardPrediction),
    ]
    if let (flag, _) = others.first(where: \.1) {
      throw ValidationError(
        "\(flag): --seam-exact windows overlap as the network asks, at the picture's own size")
    }
  }

  /// The smallest picture that gives every pass as many pixels as its input has.
  ///
  /// - Throws: Exit 64 where inputs are as large as the picture.
  func draftSize(for base: any Detector) throws -> Size {
    func refuse(_ reason: String) -> CommandFailure { CommandFailure(.usage, "--draft: \(reason)") }
    guard [.single, .feature, .image, .packed].contains(name) else {
      throw refuse("--pyramid \(name.rawValue) looks at the picture's own pixels")
    }
    if case .given? = scaleRanges?.choice {
      throw refuse("--scale-ranges are in the picture's own pixels")
    }
    guard let dense = base as? any DenseDetector else {
      throw refuse("the cascade's levels follow the picture's size")
    }
    let size = dense.inputSize(for: Size(width: 640, height: 640), scale: 1)
    guard size == dense.inputSize(for: Size(width: 3000, height: 1000), scale: 1) else {
      throw refuse("the network's input follows the picture's size; --imgsz fixes it")
    }
    guard octaves == nil else { return size }
    let scale = name == .image || name == .packed ? scales?.numbers.max() ?? 2 : 1
    func side(_ side: Int) -> Int { Int((Double(side) * scale).rounded(.up)) }
    return Size(width: side(size.width), height: side(size.height))
  }
}
