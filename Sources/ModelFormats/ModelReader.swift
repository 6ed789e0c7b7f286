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
  /// - Returns: A model whose graph is structurally sound: every value is defined once and before
  ///   use. Sizes are not checked yet; that takes `ShapedGraph`.
  /// - Throws: `FileError` or `ModelError`, both with the path; Darknet's errors for Darknet files.
  package static func read(
    path: String, weightsPath: String? = nil, limits: ModelReadingLimits = ModelReadingLimits()
  ) throws -> Model {
    if path.hasSuffix(".cfg") {
      return try darknet(path: path, weightsPath: weightsPath, limits: limits)
    }
    let bytes = try RegularFile.read(path, byteLimit: limits.maxFileBytes)
    if FileSignature.isDarknetConfiguration(bytes) {
      return try darknet(path: path, weightsPath: weightsPath, limits: limits)
    }
    guard weightsPath == nil else {
      throw ModelError.inFile(
        path, .graph("separate weights belong to a Darknet .cfg, which this file is not"))
    }
    return try ONNXReader.read(bytes, path: path, limits: limits)
  }

  private static func darknet(
    path: String, weightsPath: String?, limits: ModelReadingLimits
  ) throws -> Model {
    let options = DarknetReader.Options(allowsNonfinite: limits.allowNonfinite)
    return try DarknetReader.read(cfgPath: path, weightsPath: weightsPath, options: options)
  }
}
