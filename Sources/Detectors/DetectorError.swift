package import Geometry

/// Why a model cannot serve as a detector, or a picture got no detections.
package enum DetectorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Several families fit the model's outputs; the caller must choose.
  case ambiguousFamily([GridFamily], outputs: String)
  /// Boxes of queries whose scores may be meant in several ways; the caller must choose.
  case ambiguousList([EndToEndFamily], outputs: String)
  /// No family fits the model's outputs, or not the one asked for.
  case unrecognisedOutputs(String, family: GridFamily?)
  /// The outputs are not the maps of the heatmap family asked for.
  case unrecognisedHeatmaps(String, family: HeatmapFamily)
  /// The outputs are not the list of boxes of the family asked for.
  case unrecognisedList(String, family: EndToEndFamily)
  /// Outputs whose shapes, known only after a run, do not belong together.
  case outputShape(String)
  /// A box of a class that the names do not reach.
  case unnamedClass(Float, count: Int)
  case unknownFamily(String)
  /// The network's input is not one picture.
  case unsupportedInput(String)
  /// A size was asked for that the network's input does not have.
  case inputSizeMismatch(requested: Size, fixed: Size)
  case invalidInputSize(Size, limit: Int)
  case missingAnchors(GridFamily)
  /// Anchors that do not fit the outputs.
  case anchorMismatch(String)
  case classNameMismatch(names: Int, classes: Int)
  case unknownClass(String)
  /// The exporter says that the model does something else.
  case unsupportedTask(String)
  case invalidOption(String)
  case invalidManifest(path: String, String)
  /// Exporter's metadata that cannot be read.
  case invalidMetadata(key: String, String)
  /// A node that this toolkit cannot run, with the reason.
  case unsupportedOperator(node: String, operation: String, String)
  /// A file of the cascade's weights that cannot be used.
  case invalidWeights(String)
  /// The levels of the ladder would hold too many pixels.
  case pictureTooLarge(Size, levelPixelLimit: Int)
  /// The network gave a NaN or an infinity for this picture.
  case nonFiniteOutput(name: String, index: Int)

  package var description: String {
    switch self {
    case .ambiguousFamily(let families, let outputs):
      "outputs \(outputs) fit several families; choose one with --family: "
        + families.map(\.rawValue).joined(separator: ", ")
    case .ambiguousList(let families, let outputs):
      "outputs \(outputs): neither the boxes nor the biases of the classes tell whether scores are "
        + "a softmax or sigmoids; choose with --family: "
        + families.map(\.rawValue).joined(separator: ", ")
    case .unrecognisedOutputs(let outputs, nil):
      "outputs \(outputs) fit no known detector family ("
        + Self.familyNames + ")"
    case .unrecognisedOutputs(let outputs, let family?):
      "outputs \(outputs) do not fit family \(family.rawValue)"
    case .unrecognisedHeatmaps(let outputs, let family):
      "outputs \(outputs) do not fit family \(family.rawValue)"
    case .unrecognisedList(let outputs, let family):
      "outputs \(outputs) do not fit family \(family.rawValue)"
    case .outputShape(let detail): detail
    case .unnamedClass(let label, let count):
      "the network gave class \(label), but there are \(count) class names: "
        + "give all of them in a manifest beside the model"
    case .unknownFamily(let name):
      "unknown family \"\(name)\"; known: " + Self.familyNames
    case .unsupportedInput(let detail): detail
    case .inputSizeMismatch(let requested, let fixed):
      "input size \(requested) asked for, but the model's is fixed at \(fixed)"
    case .invalidInputSize(let size, let limit):
      "input size \(size): sides must be in 1...\(limit)"
    case .missingAnchors(let family):
      "family \(family.rawValue) needs anchors: give them in a manifest beside the model"
    case .anchorMismatch(let detail): detail
    case .classNameMismatch(let names, let classes):
      "\(names) class names given, the model has \(classes) classes"
    case .unknownClass(let name): "the model has no class \"\(name)\""
    case .unsupportedTask(let task): "the model's task is \"\(task)\", supported: \"detect\""
    case .invalidOption(let detail): detail
    case .invalidManifest(let path, let detail): "\(path): \(detail)"
    case .invalidMetadata(let key, let detail): "model metadata \"\(key)\": \(detail)"
    case .unsupportedOperator(let node, let operation, let reason):
      "node \(node) (\(operation)): \(reason)"
    case .invalidWeights(let detail): "weights of the cascade: \(detail)"
    case .pictureTooLarge(let size, let limit):
      "the levels of a picture of \(size) exceed \(limit) pixels; look for larger faces only"
    case .nonFiniteOutput(let name, let index):
      "non-finite output: \(name) has a NaN or infinity at element \(index)"
    }
  }

  private static var familyNames: String {
    (GridFamily.allCases.map(\.rawValue) + HeatmapFamily.allCases.map(\.rawValue)
      + EndToEndFamily.allCases.map(\.rawValue))
      .joined(separator: ", ")
  }
}
