// A service made with the Go SDK.
//
// HOST, PORT; TOKEN: demanded as bearer where set; PAGE: tools a page; JSON=1: no event streams. A
// Host that is no loopback name is refused by the SDK itself.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type query struct {
	Query string `json:"query"`
}

func tool(ctx context.Context, request *mcp.CallToolRequest, in query) (*mcp.CallToolResult, any, error) {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: request.Params.Name}}}, nil, nil
}

func server(page int) *mcp.Server {
	made := mcp.NewServer(
		&mcp.Implementation{Name: "sample-mcp", Version: "1"}, &mcp.ServerOptions{PageSize: page})
	for _, name := range []string{"ping", "search", "explode"} {
		mcp.AddTool(made, &mcp.Tool{Name: name, Description: "Does " + name + "."}, tool)
	}
	return made
}

func verify(wanted string) auth.TokenVerifier {
	return func(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		if token != wanted {
			return nil, auth.ErrInvalidToken
		}
		return &auth.TokenInfo{UserID: "c", Expiration: time.Now().Add(time.Minute)}, nil
	}
}

func main() {
	page, _ := strconv.Atoi(os.Getenv("PAGE"))
	made := server(page)
	var handler http.Handler = mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return made },
		&mcp.StreamableHTTPOptions{JSONResponse: os.Getenv("JSON") == "1"})
	if token := os.Getenv("TOKEN"); token != "" {
		metadata := "http://sample-mcp.arpa/.well-known/oauth-protected-resource"
		options := &auth.RequireBearerTokenOptions{ResourceMetadataURL: metadata}
		handler = auth.RequireBearerToken(verify(token), options)(handler)
	}
	paths := http.NewServeMux()
	paths.Handle("/mcp", handler)
	paths.HandleFunc("/health", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Write([]byte(`{"status":"ok"}`))
	})
	log.Fatal(http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), paths))
}
