/// Where a picture lies on a network's input canvas, and the map that takes boxes there and back.
///
/// Each family of detectors was trained with its own way of fitting a picture into the input; they
/// differ in rounding and placement by up to a pixel, so that each is reproduced exactly.
package struct Letterbox: Hashable, Sendable {
  /// How the picture is fitted into the input.
  package enum Fit: Hashable, Sendable {
    /// Resized to the whole canvas; the sides' ratio changes.
    case stretch
    /// Darknet: content size truncated to integers, centred at a truncated integer offset. Boxes
    /// are mapped back with the untruncated offset, half a pixel apart where the margin is odd:
    /// so does Darknet, and its published boxes come from there.
    case darknet
    /// Ultralytics: content size rounded (ties to even), centred; the margins are
    /// `round(margin / 2 - 0.1)` before and `round(margin / 2 + 0.1)` after the content. Boxes are
    /// mapped back with the one ratio from before rounding, as that program does: its boxes are
    /// off by up to half a content pixel at the far side, and so are ours.
    case ultralytics
    /// As `ultralytics`, padding only up to the next multiple of the stride.
    case ultralyticsAuto(strideInPixels: Int)
    /// YOLOX: content size truncated, placed at the top left corner; mapped back as `ultralytics`.
    case yolox
  }

  /// The size of the network's input.
  package var canvas: Size
  /// The size to which the picture is resized.
  package var contentSize: Size
  /// The canvas column of the content's first column.
  package var offsetX: Int
  /// The canvas row of the content's first row.
  package var offsetY: Int
  /// From source pixels to canvas pixels, by the family's ratio; its inverse takes boxes back.
  package var map: CoordinateMap

  /// Fits a picture of `source` pixels into an input of `canvas` pixels.
  ///
  /// The content has at least one pixel on each side. With `.ultralyticsAuto`, the canvas of the
  /// result is smaller than the one asked for where less padding does.
  /// - Precondition: All sides positive and below 2^31; the stride is positive.
  package init(_ fit: Fit, source: Size, canvas: Size) {
    precondition(
      source.width > 0 && source.height > 0 && canvas.width > 0 && canvas.height > 0,
      "a letterbox needs sizes of at least one pixel")
    switch fit {
    case .stretch: self.init(stretching: source, to: canvas)
    case .darknet: self.init(darknet: source, canvas: canvas)
    case .ultralytics: self.init(ultralytics: source, canvas: canvas, autoStride: nil)
    case .ultralyticsAuto(let stride):
      precondition(stride > 0, "a stride is positive")
      self.init(ultralytics: source, canvas: canvas, autoStride: stride)
    case .yolox: self.init(yolox: source, canvas: canvas)
    }
  }

  private init(stretching source: Size, to canvas: Size) {
    self.canvas = canvas
    contentSize = canvas
    offsetX = 0
    offsetY = 0
    map = .resize(from: source, to: canvas)
  }

  private init(darknet source: Size, canvas: Size) {
    self.canvas = canvas
    // Float32 ratios, as the C program compares them.
    if Float(canvas.width) / Float(source.width) < Float(canvas.height) / Float(source.height) {
      contentSize = Size(
        width: canvas.width, height: max(1, source.height * canvas.width / source.width))
    } else {
      contentSize = Size(
        width: max(1, source.width * canvas.height / source.height), height: canvas.height)
    }
    offsetX = (canvas.width - contentSize.width) / 2
    offsetY = (canvas.height - contentSize.height) / 2
    map = CoordinateMap.resize(from: source, to: contentSize).then(
      CoordinateMap(
        scaleX: 1, scaleY: 1, offsetX: Double(canvas.width - contentSize.width) / 2,
        offsetY: Double(canvas.height - contentSize.height) / 2))
  }

  private init(ultralytics source: Size, canvas: Size, autoStride: Int?) {
    contentSize = Letterbox.contentSize(source, canvas, rounding: .toNearestOrEven)
    var marginX = canvas.width - contentSize.width
    var marginY = canvas.height - contentSize.height
    if let autoStride {
      marginX %= autoStride
      marginY %= autoStride
    }
    self.canvas = Size(width: contentSize.width + marginX, height: contentSize.height + marginY)
    offsetX = Int((Double(marginX) / 2 - 0.1).rounded(.toNearestOrEven))
    offsetY = Int((Double(marginY) / 2 - 0.1).rounded(.toNearestOrEven))
    map = Letterbox.nominalMap(source, canvas, offsetX, offsetY)
  }

  private init(yolox source: Size, canvas: Size) {
    self.canvas = canvas
    contentSize = Letterbox.contentSize(source, canvas, rounding: .towardZero)
    offsetX = 0
    offsetY = 0
    map = Letterbox.nominalMap(source, canvas, 0, 0)
  }

  /// Both sides times the smaller ratio, rounded, at least 1 and at most the canvas.
  private static func contentSize(
    _ source: Size, _ canvas: Size, rounding: FloatingPointRoundingRule
  ) -> Size {
    let gain = gain(source, canvas)
    let width = Int((Double(source.width) * gain).rounded(rounding))
    let height = Int((Double(source.height) * gain).rounded(rounding))
    return Size(
      width: min(max(width, 1), canvas.width), height: min(max(height, 1), canvas.height))
  }

  /// The smaller of the two ratios of the sides.
  private static func gain(_ source: Size, _ canvas: Size) -> Double {
    min(Double(canvas.width) / Double(source.width), Double(canvas.height) / Double(source.height))
  }

  /// The map with one ratio for both axes, before the content's size was rounded.
  private static func nominalMap(
    _ source: Size, _ canvas: Size, _ offsetX: Int, _ offsetY: Int
  ) -> CoordinateMap {
    let gain = gain(source, canvas)
    return CoordinateMap(
      scaleX: gain, scaleY: gain, offsetX: Double(offsetX), offsetY: Double(offsetY))
  }
}
