package import Geometry
package import Imaging

/// What a small JSON file beside a model states about it (`yolo.json` beside `yolo.onnx`).
///
/// Everything is optional and goes before what the model itself says. Unknown keys are errors.
package struct ModelManifest: Hashable, Sendable {
  /// How the picture is fitted into the input.
  package enum Resize: String, Hashable, Sendable, CaseIterable {
    case stretch
    /// Centred, grey around it.
    case letterbox
    /// At the top left corner, grey right and below.
    case letterboxTopLeft = "letterbox-top-left"
    /// Centred, with Darknet's resampling.
    case darknet
  }

  package var family: GridFamily?
  /// Set instead of `family` where the model's maps are heatmaps.
  package var heatmapFamily: HeatmapFamily?
  /// Set instead of `family` where the network gives final boxes.
  package var endToEndFamily: EndToEndFamily?
  package var inputSize: Size?
  package var color: ChannelOrder?
  /// A sample `v` in 0...255 becomes `(v * scale - mean[c]) / deviation[c]`, `c` in the order that
  /// the input has.
  package var scale: Float?
  package var mean: [Float]?
  package var deviation: [Float]?
  package var resize: Resize?
  package var classNames: [String]?
  /// By level, from the smallest stride to the largest: input pixels (cells for `yolov2`).
  package var anchors: [[Anchor]]?
  package var scoreThreshold: Double?
  package var overlapThreshold: Double?
  package var maxDetections: Int?

  package init() {}
}
