internal import Files
internal import Neural

/// What a reader accepts before it asks for memory.
package struct ModelReadingLimits: Hashable, Sendable {
  /// Largest model or data file.
  package var maxFileBytes = 1 << 32
  /// Largest single tensor, in bytes of its type in memory.
  package var maxTensorBytes = 1 << 32
  /// Takes weights that are NaN or infinite; by default they are an error.
  package var allowNonfinite = false

  package init() {}
}

/// Reads a model of any format, found from its content and, for Darknet, its extension.
package enum ModelReader {
  /// The model of a file.
  ///
  /// - Parameters:
  ///   - path: An ONNX file, or a Darknet `.cfg`.
  ///   - weightsPath: The weights of a Darknet network; `nil` takes `NAME.weights` beside `NAME.cfg`.
  ///   - inputSize: Replaces the size that a Darknet `.cfg` states; ONNX graphs get theirs when they
  ///     are specialised.
  /// - Returns: A model whose graph is structurally sound: every value is defined once and before
  ///   use. Sizes are not checked yet; that takes `ShapedGraph`.
  /// - Throws: `FileError` or `ModelError`, both with the path.
  package static func read(
    path: String, weightsPath: String? = nil, limits: ModelReadingLimits = ModelReadingLimits(),
    inputSize: (width: Int, height: Int)? = nil
  ) throws -> Model {
    if path.hasSuffix(".cfg") {
      return try DarknetReader.read(
        path: path, weightsPath: weightsPath, limits: limits, inputSize: inputSize)
    }
    let bytes = try RegularFile.read(path, byteLimit: limits.maxFileBytes)
    if FileSignature.isDarknetConfiguration(bytes) {
      return try DarknetReader.read(
        path: path, weightsPath: weightsPath, limits: limits, inputSize: inputSize)
    }
    guard weightsPath == nil else {
      throw ModelError.inFile(
        path, .graph("separate weights belong to a Darknet .cfg, which this file is not"))
    }
    return try ONNXReader.read(bytes, path: path, limits: limits)
  }
}
